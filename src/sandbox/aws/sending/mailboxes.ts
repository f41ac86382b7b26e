import addressparser from 'nodemailer/lib/addressparser';
import { badRequest } from '../gate/errors.ts';
import { domainOf, isDomain } from '../gate/names.ts';

/** One address as given and taken apart. */
export interface Mailbox {
  readonly text: string;
  readonly name: string;
  readonly address: string;
}

/**
 * Reads addresses in RFC 5322 form; local parts and display names must be ASCII, domains ASCII or Punycode.
 * @throws AwsError BadRequestException
 */
export function readMailboxes(texts: readonly string[]): Mailbox[] {
  return texts.flatMap((text) => {
    const found = addressparser(text, { flatten: true });
    if (found.length === 0) throw badRequest('Empty address.');
    return found.map(({ name, address }) => {
      const at = address.lastIndexOf('@');
      if (at < 0 || at === address.length - 1) throw badRequest("Missing final '@domain'");
      if (at === 0) throw badRequest('Missing local part in address.');
      const local = address.slice(0, at);
      if (!/^[!-~]+$/.test(local))
        throw badRequest('Local address contains control or whitespace, or characters that are not ASCII');
      if (!isDomain(domainOf(address))) throw badRequest('Domain contains illegal character or misses a dot');
      if (/[^ -~]/.test(name))
        throw badRequest('Display name contains characters that are not ASCII: use MIME encoded-word syntax');
      return { text, name, address };
    });
  });
}
