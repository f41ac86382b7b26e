import { parse } from 'tldts';
import { Problem } from './problem.ts';

/** Names that no public DNS serves (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476): a set-up for them could never work. */
const SPECIAL_USE = /(^|\.)(test|example|invalid|localhost|local|onion|internal|alt|home\.arpa)$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Brings any name that a person writes to its one form: A-labels, lower case, no trailing dot (RFC 5890, RFC 1123).
 * Throws a Problem for what is no DNS name. Underscore labels are allowed, as DNS allows them.
 */
export function parseName(text: string, field = 'name'): string {
  const trimmed = text.trim().replace(/\.$/, '');
  const wrong = (why: string) =>
    new Problem('input', 'name.invalid', `${field}: "${text}" is not a DNS name: ${why}.`, {
      fix: 'Give a name such as mail.example.com, without scheme, port or path.',
    });
  if (trimmed === '') throw wrong('it is empty');
  if (/[\s/:@?#\\%]/.test(trimmed)) throw wrong('it contains characters that no name has');
  if (/^[\d.]+$/.test(trimmed)) throw wrong('it is an IP address');
  let ascii: string;
  try {
    // The URL parser is the platform's UTS 46 implementation; underscores pass it unchanged.
    ascii = new URL(`http://${trimmed}`).hostname.toLowerCase();
  } catch {
    throw wrong('it cannot be written in A-labels');
  }
  if (ascii.length > 253) throw wrong(`it has ${ascii.length} characters, 253 are allowed`);
  for (const label of ascii.split('.')) {
    if (label.length > 63) throw wrong(`the label "${label}" has ${label.length} characters, 63 are allowed`);
    if (!LABEL.test(label)) throw wrong(label === '' ? 'it has an empty label' : `the label "${label}" is not allowed`);
  }
  return ascii;
}

/**
 * A domain that can be set up: a name below a public suffix.
 * Throws a Problem for an IP address, a public suffix, a single label, and (unless allowed) special-use names.
 */
export function parseDomain(text: string, options: { allowSpecialUse?: boolean; field?: string } = {}): string {
  const field = options.field ?? 'domain';
  if (/^\[?[0-9a-f:]*:[0-9a-f:.]*\]?$/i.test(text.trim()) || /^[\d.]+$/.test(text.trim())) {
    throw new Problem('input', 'domain.ip', `${field}: "${text}" is an IP address, not a domain.`, {
      fix: 'Give the domain that mail is sent from, such as example.com.',
    });
  }
  const name = parseName(text, field);
  if (name.includes('_')) {
    throw new Problem(
      'input',
      'domain.underscore',
      `${field}: "${name}" has an underscore, which no mail domain may have.`,
      {
        fix: 'Give the domain itself, such as example.com, not the name of one of its records.',
      },
    );
  }
  if (SPECIAL_USE.test(name)) {
    if (options.allowSpecialUse) return name;
    throw new Problem(
      'input',
      'domain.special-use',
      `${field}: "${name}" lies in a special-use zone that no public DNS serves.`,
      {
        fix: 'Give a registered domain. For tests, `mailwright sandbox` allows such names (MAILWRIGHT_DOMAINS_ALLOW_SPECIAL_USE).',
      },
    );
  }
  const parsed = parse(name, { allowPrivateDomains: false });
  if (!parsed.domain) {
    const what = name.includes('.') ? 'a public suffix: everybody registers names below it' : 'a single label';
    throw new Problem('input', 'domain.public-suffix', `${field}: "${name}" is ${what}.`, {
      fix: `Give a domain below it, such as example.${name}.`,
    });
  }
  return name;
}

/**
 * The registered domain that a name belongs to by the public suffix list ('news.example.co.uk' -> 'example.co.uk');
 * the last two labels where no list knows the suffix.
 */
export function registeredDomain(name: string): string {
  return parse(name, { allowPrivateDomains: false }).domain ?? name.split('.').slice(-2).join('.');
}

/**
 * The organisational domain by the whole public suffix list, its private part (github.io and its like) included: what receivers that
 * follow RFC 7489 take. Undefined for a public suffix itself.
 */
export function listedOrganisation(name: string): string | undefined {
  return parse(name, { allowPrivateDomains: true }).domain ?? undefined;
}

/** Whether `name` lies strictly below `ancestor`. */
export function isBelow(name: string, ancestor: string): boolean {
  return name.endsWith(`.${ancestor}`);
}

/** The names above `name`, nearest first, down to (and without) the top level: 'a.b.c.d' -> ['b.c.d', 'c.d']. */
export function ancestors(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
}
