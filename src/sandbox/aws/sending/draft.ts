import { badRequest, notFound } from '../gate/errors.ts';
import type { Place } from '../state.ts';
import { compose } from './compose.ts';
import { refuseBadTags, refuseRepeated, refuseReserved } from './header-rules.ts';
import type { SendEmail, Simple } from './input.ts';
import { type Mailbox, readMailboxes } from './mailboxes.ts';
import { field, type Mime, parseMime, valuesOf, without } from './mime.ts';
import { readTemplate } from './template-content.ts';

/** A tag of a message. */
export interface MessageTag {
  readonly Name: string;
  readonly Value: string;
}

/** A message as asked for, before SES adds what is its own. */
export interface Draft {
  /** The one whom SES holds responsible, and every author of the From header. */
  readonly senders: readonly [Mailbox, ...Mailbox[]];
  /** The sender as given, with the display name. */
  readonly source: string;
  readonly recipients: readonly Mailbox[];
  readonly configurationSet: string | undefined;
  readonly tenant: string | undefined;
  readonly tags: readonly MessageTag[];
  /** Name of the stored template that it is made of. */
  readonly template?: string | undefined;
  /** Whether the content is a template's, stored or inline. */
  readonly templated: boolean;
  /** The Message-ID that a Raw message came with, which SES overwrites. */
  readonly ownMessageId?: string | undefined;
  /** Without Date, Message-ID, Bcc, Return-Path and X-SES-*. @throws RenderingFailure where the template's data lack something */
  mime(): Promise<Mime>;
}

const MOST_RECIPIENTS = 50;
const MOST_BYTES = 40 * 1024 * 1024;

/** Reads a SendEmail request into a draft. @throws AwsError for what SES refuses before it looks at any identity */
export function readDraft(input: SendEmail, place: Place): Draft {
  const { Simple, Raw, Template } = input.Content;
  if ([Simple, Raw, Template].filter(Boolean).length !== 1)
    throw badRequest('Content must have exactly one of Simple, Raw and Template.');
  if (input.ListManagementOptions)
    throw notFound(`List with name: ${input.ListManagementOptions.ContactListName} doesn't exist.`);
  const draft = Raw ? rawDraft(input, Raw.Data) : composedDraft(input, place, Simple ?? Template);
  if (draft.recipients.length === 0) throw badRequest('Missing required recipients.');
  if (draft.recipients.length > MOST_RECIPIENTS) throw badRequest(`Recipient count exceeds ${MOST_RECIPIENTS}.`);
  return draft;
}

function composedDraft(input: SendEmail, place: Place, content: SendEmail['Content']['Simple' | 'Template']): Draft {
  const { FromEmailAddress, Destination, ReplyToAddresses } = input;
  if (!content || !FromEmailAddress) throw badRequest('FromEmailAddress is required.');
  const made = 'Body' in content ? plain(content) : readTemplate(place, content);
  const [sender, second] = readMailboxes([FromEmailAddress]);
  if (!sender || second) throw badRequest('FromEmailAddress must be one address.');
  readMailboxes(ReplyToAddresses);
  const names = content.Headers.map(({ Name }) => Name);
  refuseReserved(names);
  refuseRepeated(names);
  refuseBadTags(input.EmailTags);
  const { ToAddresses, CcAddresses, BccAddresses } = Destination;
  const lists = [
    ['From', [FromEmailAddress]],
    ['Reply-To', ReplyToAddresses],
    ['To', ToAddresses],
    ['Cc', CcAddresses],
  ] as const;
  const envelope = lists.filter(([, list]) => list.length).map(([name, list]) => field(name, list.join(',\r\n ')));
  return {
    senders: [sender],
    source: FromEmailAddress,
    recipients: readMailboxes([...ToAddresses, ...CcAddresses, ...BccAddresses]),
    configurationSet: input.ConfigurationSetName,
    tenant: input.TenantName,
    tags: input.EmailTags,
    template: made.template,
    templated: !('Body' in content),
    async mime() {
      const composed = cleaned(parseMime(await compose({ ...made.fill(), Attachments: content.Attachments })));
      return {
        body: composed.body,
        fields: [...envelope, ...composed.fields, ...content.Headers.map(({ Name, Value }) => field(Name, Value))],
      };
    },
  };
}

function plain(content: Simple) {
  if (!content.Body.Text && !content.Body.Html) throw badRequest('Body must have Text or Html.');
  return { template: undefined, fill: () => content };
}

function rawDraft(input: SendEmail, data: Buffer): Draft {
  if (data.length > MOST_BYTES)
    throw badRequest(`Message length is more than ${MOST_BYTES} bytes long: '${data.length}'.`);
  const mime = parseMime(data);
  refuseRepeated(mime.fields.map(({ name }) => name));
  const from = valuesOf(mime, 'From');
  if (from.length === 0) throw badRequest("Missing required header 'From'.");
  const given = input.FromEmailAddress ? [input.FromEmailAddress] : [];
  const [sender, ...authors] = readMailboxes([...given, ...from]);
  if (!sender) throw badRequest("Missing required header 'From'.");
  const { ToAddresses, CcAddresses, BccAddresses } = input.Destination;
  const destination = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  const inHeaders = ['To', 'Cc', 'Bcc'].flatMap((name) => valuesOf(mime, name)).filter(Boolean);
  const tags = input.EmailTags.length ? input.EmailTags : headerTags(mime);
  refuseBadTags(tags);
  return {
    senders: [sender, ...authors],
    source: input.FromEmailAddress ?? from[0] ?? '',
    recipients: readMailboxes(destination.length ? destination : inHeaders),
    configurationSet: input.ConfigurationSetName ?? valuesOf(mime, 'X-SES-CONFIGURATION-SET')[0],
    tenant: input.TenantName ?? valuesOf(mime, 'X-SES-TENANT')[0],
    tags,
    templated: false,
    ownMessageId: valuesOf(mime, 'Message-ID')[0],
    mime: async () => cleaned(mime),
  };
}

function cleaned(mime: Mime): Mime {
  return without(
    mime,
    (name) => ['date', 'message-id', 'bcc', 'return-path'].includes(name) || name.startsWith('x-ses-'),
  );
}

function headerTags(mime: Mime): MessageTag[] {
  return valuesOf(mime, 'X-SES-MESSAGE-TAGS')
    .flatMap((value) => value.split(','))
    .filter((pair) => pair.trim())
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return { Name: name.trim(), Value: rest.join('=').trim() };
    });
}
