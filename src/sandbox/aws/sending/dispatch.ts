import { dkimSign } from 'mailauth';
import { fatesOf, tellOutcomes, toDeliver } from '../events/outcomes.ts';
import { publish } from '../events/publish.ts';
import type { SentMessage } from '../events/sent-message.ts';
import * as shapes from '../events/shapes.ts';
import { domainOf } from '../gate/names.ts';
import type { Call } from '../gate/operation.ts';
import { identitiesFor, isVerified } from '../identities/view.ts';
import { defaultMailFrom } from '../regions.ts';
import type { Aws, Dkim, Identity, Place } from '../state.ts';
import { RenderingFailure } from '../templates/render.ts';
import type { Draft } from './draft.ts';
import { makeMessageId } from './message-id.ts';
import { field, type Mime, writeMime } from './mime.ts';
import { type SendAction, setInEffect } from './permitted.ts';
import { hasVirus } from './virus.ts';

/** Header fields that SES signs, as seen in published mail of Easy DKIM and BYODKIM identities. */
const SIGNED =
  'From:Reply-To:To:Cc:Subject:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Unsubscribe:List-Unsubscribe-Post:Message-ID:Date';

/** How long a call waits for the message to arrive; SES itself does not wait at all. */
const ARRIVAL_MS = 5000;
const MOST_REMEMBERED = 10_000;

/**
 * Takes a message on: adds what SES adds, signs twice, delivers by SMTP, tells what became of it. Gives the message id whatever
 * becomes of it: what can't be filled, holds a virus, or is addressed to who is suppressed shows in events only.
 */
export async function dispatch(call: Call, draft: Draft, identity: Identity, action: SendAction): Promise<string> {
  const { aws, place, now, key } = call;
  const id = makeMessageId(place.region, now);
  const set = setInEffect(place, draft);
  const accepted = { place, id, at: now, identity, draft, set, action, caller: key.user };
  const mime = await filled(draft);
  if (mime instanceof RenderingFailure) {
    const message = remember(aws, { ...accepted, mime: undefined });
    publish(aws, message, 'RENDERING_FAILURE', shapes.renderingFailure(mime.message, draft.template));
    return id;
  }
  const message = remember(aws, { ...accepted, mime });
  if (hasVirus(mime)) {
    publish(aws, message, 'REJECT', shapes.reject());
    return id;
  }
  publish(aws, message, 'SEND', shapes.send());
  const fates = fatesOf(message);
  const to = toDeliver(fates);
  const arrival = (
    to.length ? deliver(aws, message, mime, to) : Promise.resolve({ accepted: [], response: '', failed: [] })
  ).then((delivered) => tellOutcomes(aws, message, fates, delivered));
  await Promise.race([arrival, new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS).unref())]);
  return id;
}

async function filled(draft: Draft): Promise<Mime | RenderingFailure> {
  try {
    return await draft.mime();
  } catch (error) {
    if (error instanceof RenderingFailure) return error;
    throw error;
  }
}

/** Keeps a message so that a test can let something happen to it later. */
function remember(aws: Aws, message: SentMessage): SentMessage {
  // Its events tell of headers only; bodies of thousands of messages would fill the memory.
  const { mime } = message;
  aws.messages.set(message.id, { ...message, mime: mime && { ...mime, body: '' } });
  const [oldest] = aws.messages.keys();
  if (aws.messages.size > MOST_REMEMBERED && oldest !== undefined) aws.messages.delete(oldest);
  return message;
}

async function deliver(aws: Aws, message: SentMessage, mime: Mime, to: string[]) {
  const { place, id, at, identity, draft } = message;
  const host = place.region === 'us-east-1' ? 'email.amazonses.com' : `${place.region}.amazonses.com`;
  const complete: Mime = {
    body: mime.body,
    fields: [
      ...mime.fields,
      field('Message-ID', `<${id}@${host}>`),
      field('Date', new Date(at).toUTCString().replace('GMT', '+0000')),
      field('Feedback-ID', `::1.${place.region}.${place.accountId}:AmazonSES`),
      field('X-SES-Outgoing', `${new Date(at).toISOString().slice(0, 10).replaceAll('-', '.')}-127.0.0.1`),
    ],
  };
  const written = writeMime(complete);
  const signatures = await sign(aws, place, identity, draft, written);
  const returnPath = identity.mailFrom?.status === 'SUCCESS' ? identity.mailFrom.domain : defaultMailFrom(place.region);
  const raw = Buffer.concat([Buffer.from(signatures, 'latin1'), written]);
  return aws.post.deliver(place.region, raw, { from: `${id}@${returnPath}`, to });
}

async function sign(aws: Aws, place: Place, identity: Identity, draft: Draft, message: Buffer): Promise<string> {
  const signer = signingIdentity(place, identity, draft.senders[0].address);
  const own = signer ? [await signature(signer.name, signer.dkim, SIGNED)] : [];
  const amazon = await signature('amazonses.com', aws.amazonDkim, `${SIGNED}:Feedback-ID`);
  const signed = await dkimSign(message, {
    canonicalization: 'relaxed/simple',
    signatureData: [...own, amazon],
    ...amazon,
  });
  if (signed.errors?.length) throw new Error(`DKIM signing failed: ${JSON.stringify(signed.errors)}`);
  return signed.signatures;
}

/** A domain signs for itself or not at all; an address is signed for by the nearest domain above it. */
function signingIdentity(place: Place, identity: Identity, sender: string): Identity | undefined {
  const signer = identity.type === 'DOMAIN' ? identity : identitiesFor(place, domainOf(sender)).find(isVerified);
  const signs =
    signer?.dkim.enabled && (signer.dkim.status === 'SUCCESS' || signer.dkim.status === 'TEMPORARY_FAILURE');
  return signs ? signer : undefined;
}

async function signature(domain: string, dkim: Pick<Dkim, 'tokens' | 'key'>, headerList: string) {
  const key = await dkim.key;
  const [selector = ''] = dkim.tokens;
  return { signingDomain: domain, selector, privateKey: key.export({ type: 'pkcs8', format: 'pem' }), headerList };
}
