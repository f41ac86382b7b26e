import { parseName } from './domain.ts';
import { Problem } from './problem.ts';

/** A mailbox address in its one form: local part as given, domain in A-labels. Throws a Problem that names the field. */
export function parseAddress(text: string, field = 'address'): { local: string; domain: string; address: string } {
  const bare = text.trim().replace(/^mailto:/i, '');
  const at = bare.lastIndexOf('@');
  const local = bare.slice(0, at);
  // RFC 5321 4.1.2 dot-string, ASCII: SES accepts no other local parts.
  if (at < 1 || local.length > 64 || !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/.test(local) || /^\.|\.\.|\.$/.test(local)) {
    throw new Problem('input', 'address.invalid', `${field}: "${text}" is not an e-mail address.`, {
      fix: 'Give an address such as dmarc@example.com (ASCII before the @).',
    });
  }
  const domain = parseName(bare.slice(at + 1), field);
  return { local, domain, address: `${local}@${domain}` };
}
