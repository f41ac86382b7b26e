import type { Draft, MessageTag } from '../sending/draft.ts';
import { type Mime, valuesOf } from '../sending/mime.ts';
import type { SendAction } from '../sending/permitted.ts';
import { arnOf, type Identity, type Place } from '../state.ts';
import type { MatchingType } from './destination.ts';

/** A message that SES accepted, as its events tell of it. */
export interface SentMessage {
  readonly place: Place;
  readonly id: string;
  /** Sandbox milliseconds. */
  readonly at: number;
  readonly identity: Identity;
  readonly draft: Draft;
  readonly set: string | undefined;
  readonly action: SendAction;
  /** The caller's IAM user. */
  readonly caller: string;
  /** Absent where the template could not be filled. */
  readonly mime: Mime | undefined;
}

const HEADER_BYTES = 10_240;
/** What events of these kinds are documented without. */
const WITHOUT_HEADERS: readonly MatchingType[] = ['RENDERING_FAILURE', 'DELIVERY_DELAY'];
const WITHOUT_ARN: readonly MatchingType[] = ['OPEN', 'CLICK'];
const WITHOUT_OPERATION: readonly MatchingType[] = ['OPEN', 'CLICK', 'SUBSCRIPTION', 'COMPLAINT'];
const WITH_TENANT: readonly MatchingType[] = ['BOUNCE', 'COMPLAINT'];

/** The `mail` member of an event, with the members missing that events of this kind lack (SES developer guide, "Examples of event data"). */
export function mailObject(message: SentMessage, type: MatchingType): Record<string, unknown> {
  const { place, id, at, draft, identity, mime } = message;
  return {
    timestamp: new Date(at).toISOString(),
    messageId: id,
    source: draft.source,
    ...(WITHOUT_ARN.includes(type) ? {} : { sourceArn: arnOf(place, 'identity', identity.name) }),
    sendingAccountId: place.accountId,
    destination: draft.recipients.map(({ address }) => address),
    ...(mime && !WITHOUT_HEADERS.includes(type) ? headersOf(message, mime, type) : {}),
    tags: tagsOf(message, type),
  };
}

function headersOf({ id, at, draft, set }: SentMessage, mime: Mime, type: MatchingType) {
  const all = mime.fields.map(({ name }) => ({ name, value: valuesOf(mime, name)[0] ?? '' }));
  if (draft.tags.length)
    all.push({ name: 'X-SES-MESSAGE-TAGS', value: draft.tags.map(({ Name, Value }) => `${Name}=${Value}`).join(', ') });
  if (set) all.push({ name: 'X-SES-CONFIGURATION-SET', value: set });
  let bytes = 0;
  const headers = all.filter(({ name, value }) => {
    bytes += name.length + value.length;
    return bytes <= HEADER_BYTES;
  });
  const list = (name: string) => valuesOf(mime, name).flatMap((value) => value.split(/,\s*/));
  const [subject] = valuesOf(mime, 'Subject');
  return {
    headersTruncated: headers.length < all.length,
    headers,
    commonHeaders: {
      from: list('From'),
      date: new Date(at).toUTCString().replace('GMT', '+0000'),
      ...optional('to', list('To')),
      ...optional('cc', list('Cc')),
      ...optional('replyTo', list('Reply-To')),
      // The id that the message came with, not the one that SES wrote over it.
      messageId: draft.ownMessageId ?? id,
      ...(subject === undefined || (draft.templated && type === 'SEND') ? {} : { subject }),
    },
  };
}

function tagsOf({ set, action, caller, draft, identity }: SentMessage, type: MatchingType) {
  const own = Object.fromEntries(draft.tags.map(({ Name, Value }: MessageTag) => [Name, [Value]]));
  return {
    ...(WITHOUT_OPERATION.includes(type) ? {} : { 'ses:operation': [action] }),
    ...(set ? { 'ses:configuration-set': [set] } : {}),
    'ses:source-ip': ['127.0.0.1'],
    'ses:from-domain': [identity.name.slice(identity.name.lastIndexOf('@') + 1)],
    'ses:caller-identity': [caller],
    ...(type === 'DELIVERY' ? { 'ses:outgoing-ip': ['127.0.0.1'] } : {}),
    ...(WITH_TENANT.includes(type) && draft.tenant !== undefined ? { 'ses:tenant-name': [draft.tenant] } : {}),
    ...own,
  };
}

function optional(name: string, values: readonly string[]) {
  return values.length ? { [name]: values } : {};
}
