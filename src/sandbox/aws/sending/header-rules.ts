import { z } from 'zod';
import { badRequest } from '../gate/errors.ts';

/** Names that SES sets itself and refuses in the Headers of Simple content. */
const RESERVED = new Set([
  'bcc',
  'cc',
  'content-disposition',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'reply-to',
  'return-path',
  'subject',
  'to',
]);

/** Names that a message may have once only (RFC 5322 section 3.6, RFC 8058, RFC 3834). */
const ONCE = new Set([
  ...RESERVED,
  'sender',
  'in-reply-to',
  'references',
  'content-transfer-encoding',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'auto-submitted',
]);

/** Custom headers of Simple content: at most 15, name up to 126 printable characters, value up to 995, together up to 996. */
export const headersSchema = z
  .array(
    z
      .object({ Name: z.string().regex(/^[!-9;-~]{1,126}$/), Value: z.string().regex(/^[ -~]{1,995}$/) })
      .refine(({ Name, Value }) => Name.length + Value.length <= 996, {
        error: 'name and value exceed 996 characters',
      }),
  )
  .max(15);

/** Refuses custom headers that SES sets itself. @throws AwsError BadRequestException */
export function refuseReserved(names: readonly string[]): void {
  const reserved = names.find((name) => RESERVED.has(name.toLowerCase()));
  if (reserved !== undefined) throw badRequest(`Header name '${reserved}' is not allowed.`);
}

/** Refuses a second header of a name that may occur once. @throws AwsError BadRequestException */
export function refuseRepeated(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (ONCE.has(key) && seen.has(key)) throw badRequest(`Duplicate header '${name}'.`);
    seen.add(key);
  }
}

/** Refuses tags outside [A-Za-z0-9_-], beyond 256 characters, or with a name twice. @throws AwsError BadRequestException */
export function refuseBadTags(tags: readonly { readonly Name: string; readonly Value: string }[]): void {
  for (const { Name, Value } of tags)
    for (const [what, text] of [
      ['name', Name],
      ['value', Value],
    ] as const)
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(text))
        throw badRequest(
          `Invalid tag ${what} <${text}>: only alphanumeric ASCII characters, '_', and '-' are allowed.`,
        );
  if (new Set(tags.map(({ Name }) => Name)).size < tags.length) throw badRequest('Duplicate tag name.');
}
