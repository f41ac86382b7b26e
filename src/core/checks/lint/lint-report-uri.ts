import { isIpv4 } from '../../records/spf-grammar.ts';

/** A name on the internet: at least two labels, the last one no number. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Why a report address of DMARC or TLS-RPT is none: a URI of one of these schemes, with an address or a host (RFC 3986, RFC 6068). Empty
 * where it is one.
 */
export function reportUriFaults(uri: string, schemes: readonly string[]): string[] {
  if (uri === '') return ['an address is empty'];
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? [];
  if (scheme === undefined) return [`"${uri}" has no scheme: mailto:${uri.includes('@') ? uri : 'ADDRESS'}`];
  if (!schemes.includes(scheme.toLowerCase())) return [`"${uri}" is no ${schemes.join(': or ')}: address`];
  const odd = /[^!-~]|[!"<>\\^`{|}]/.exec(uri)?.[0];
  if (odd !== undefined) return [`"${uri}" holds ${JSON.stringify(odd)}, which is to be escaped`];
  if (/%(?![0-9a-f]{2})/i.test(uri)) return [`"${uri}" holds a "%" that escapes nothing`];
  return scheme.toLowerCase() === 'mailto' ? mailFaults(uri, rest) : webFaults(uri);
}

function mailFaults(uri: string, rest: string): string[] {
  if (rest.startsWith('//')) return [`"${uri}" has slashes, which belong to https: it is mailto:${rest.slice(2)}`];
  const [address = ''] = rest.split('?');
  // A colon stands in a quoted local part alone.
  const [, host] = /^(?:%22[^@/#[\]]*%22|[^@/#[\]:]+)@(.*)$/i.exec(address) ?? [];
  if (host === undefined) return [`"${uri}" holds no address`];
  return HOST.test(host) ? [] : [`"${uri}" holds no address: ${host || 'its host'} is no name on the internet`];
}

/** Why a web address is none that a stranger could ask: its host, its port. Takes one with a scheme. */
export function webFaults(uri: string): string[] {
  const [, authority = ''] = /^[a-z]+:\/\/([^/?#]*)/i.exec(uri) ?? [];
  const [, host = '', port] = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === '') return [`"${uri}" names no host`];
  const isAddress = isIpv4(host) || (host.startsWith('[') && URL.canParse(`https://${host}`));
  if (!isAddress && !HOST.test(host)) return [`"${uri}": ${host} is no name on the internet`];
  const isPort = port === undefined || (/^\d{0,5}$/.test(port) && Number(port) <= 65_535);
  return isPort ? [] : [`"${uri}" has the port "${port}"`];
}

/** Report addresses that stand more than once, by how they are compared. */
export function repeatedAddresses(uris: readonly string[], key: (uri: string) => string): string[] {
  const groups = Map.groupBy(
    uris.filter((uri) => uri !== ''),
    key,
  );
  return [...groups.values()].flatMap(([first, second]) =>
    first !== undefined && second !== undefined ? [first] : [],
  );
}
