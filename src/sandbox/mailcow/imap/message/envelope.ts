import { quote } from '../values.ts';
import { headerOf } from './mime-part.ts';

/** The ENVELOPE of RFC 9051 section 7.5.2. */
export function showEnvelope(header: string): string {
  const text = (name: string) => quote(headerOf(header, name));
  const from = showAddresses(headerOf(header, 'from'));
  const orFrom = (name: string) => {
    const own = showAddresses(headerOf(header, name));
    return own === 'NIL' ? from : own;
  };
  const others = ['to', 'cc', 'bcc'].map((name) => showAddresses(headerOf(header, name)));
  const parts = [text('date'), text('subject'), from, orFrom('sender'), orFrom('reply-to'), ...others];
  return `(${[...parts, text('in-reply-to'), text('message-id')].join(' ')})`;
}

/** A list of addresses; the names of groups are left out. */
function showAddresses(value: string | undefined): string {
  const addresses = splitList(value ?? '').flatMap((one) => {
    const [, name = '', bracketed] = /^(.*?)<([^>]*)>\s*$/.exec(one) ?? [];
    const address = bracketed ?? one.replace(/\(.*\)/, '').trim();
    const at = address.lastIndexOf('@');
    if (at < 0) return [];
    const shown = name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll(/\\(.)/g, '$1');
    return [
      `(${quote(shown === '' ? undefined : shown)} NIL ${quote(address.slice(0, at))} ${quote(address.slice(at + 1))})`,
    ];
  });
  return addresses.length === 0 ? 'NIL' : `(${addresses.join('')})`;
}

function splitList(value: string): string[] {
  const withoutGroups = value.replaceAll(/(?:^|,)\s*[^<>@",:]+:/g, ',').replaceAll(';', ',');
  return withoutGroups
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
