import { domainToASCII } from 'node:url';

const LABEL = /^[a-z\d](?:-*[a-z\d])*$/;
const LOCAL = /^[A-Za-z\d!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z\d!#$%&'*+/=?^_`{|}~-]+)*$/;

/** A domain name in lower case and ASCII; '' where it can't be. */
export function asciiDomain(name: string): string {
  const bare = name.trim().toLowerCase();
  return /^[ -~]*$/.test(bare) ? bare : domainToASCII(bare);
}

/** Whether a name can be a domain's; one label is enough. */
export function isDomainName(name: string): boolean {
  const labels = name.toLowerCase().split('.');
  return name.length <= 253 && labels.every((label) => label.length <= 63 && LABEL.test(label));
}

/** Whether a text is one address with a domain of at least two labels. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  return at > 0 && local.length <= 64 && LOCAL.test(local) && domain.includes('.') && isDomainName(domain);
}

/** The two sides of an address; of '@example.test' the first is ''. */
export function splitAddress(address: string): { local: string; domain: string } {
  const at = address.indexOf('@');
  if (at < 0) return { local: '', domain: '' };
  return { local: address.slice(0, at), domain: asciiDomain(address.slice(at + 1)) };
}

/** A moment as its database writes it. */
export function dateTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
