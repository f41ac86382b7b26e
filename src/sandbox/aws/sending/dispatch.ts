import { randomUUID } from 'node:crypto';
import { dkimSign } from 'mailauth';
import { domainOf } from '../gate/names.ts';
import type { Call } from '../gate/operation.ts';
import { identitiesFor, isVerified } from '../identities/view.ts';
import { defaultMailFrom } from '../regions.ts';
import type { Aws, Dkim, Identity, Place } from '../state.ts';
import type { Draft } from './draft.ts';
import { field, type Mime, writeMime } from './mime.ts';

/** Header fields that SES signs, as seen in published mail of Easy DKIM and BYODKIM identities. */
const SIGNED =
  'From:Reply-To:To:Cc:Subject:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Unsubscribe:List-Unsubscribe-Post:Message-ID:Date';

const ID_PREFIX: Readonly<Record<string, string>> = {
  'us-west-2': '0101',
  'eu-west-1': '0102',
  'eu-central-1': '0107',
};

/** How long a call waits for the message to arrive; SES itself does not wait at all. */
const ARRIVAL_MS = 1500;

/** '0100019c…-uuid-000000': what SendEmail answers. `now` in milliseconds. */
export function makeMessageId(region: string, now: number): string {
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  return `${ID_PREFIX[region] ?? '0100'}${time}-${randomUUID()}-000000`;
}

/** Adds what SES adds, signs twice, and delivers by SMTP. Gives the message id; a failing delivery is the ledger's business, not the caller's. */
export async function dispatch(call: Call, draft: Draft, identity: Identity): Promise<string> {
  const { aws, place, now } = call;
  const id = makeMessageId(place.region, now);
  const host = place.region === 'us-east-1' ? 'email.amazonses.com' : `${place.region}.amazonses.com`;
  const mime = await draft.mime();
  const complete: Mime = {
    body: mime.body,
    fields: [
      ...mime.fields,
      field('Message-ID', `<${id}@${host}>`),
      field('Date', new Date(now).toUTCString().replace('GMT', '+0000')),
      field('Feedback-ID', `::1.${place.region}.${place.accountId}:AmazonSES`),
      field('X-SES-Outgoing', `${new Date(now).toISOString().slice(0, 10).replaceAll('-', '.')}-127.0.0.1`),
    ],
  };
  const message = writeMime(complete);
  const signatures = await sign(aws, place, identity, draft, message);
  const returnPath = identity.mailFrom?.status === 'SUCCESS' ? identity.mailFrom.domain : defaultMailFrom(place.region);
  const arrival = aws.post.deliver(place.region, Buffer.concat([Buffer.from(signatures, 'latin1'), message]), {
    from: `${id}@${returnPath}`,
    to: draft.recipients.map(({ address }) => address),
  });
  await Promise.race([arrival, new Promise((resolve) => setTimeout(resolve, ARRIVAL_MS).unref())]);
  return id;
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
