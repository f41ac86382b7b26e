/**
 * Why a report address of DMARC or TLS-RPT is none: a URI of one of these schemes, with an address or a host (RFC 3986, RFC 6068). Empty
 * where it is one.
 */
export function reportUriFaults(uri: string, schemes: readonly string[]): string[] {
  if (uri === '') return ['an address is empty'];
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? [];
  if (scheme === undefined) return [`"${uri}" has no scheme: mailto:${uri.includes('@') ? uri : 'ADDRESS'}`];
  if (!schemes.includes(scheme.toLowerCase())) return [`"${uri}" is no ${schemes.slice(0, 2).join(': or ')}: address`];
  const odd = /[^!-~]|[!"<>\\^`{|}]/.exec(uri)?.[0];
  if (odd !== undefined) return [`"${uri}" holds ${JSON.stringify(odd)}, which is to be escaped`];
  if (/%(?![0-9a-f]{2})/i.test(uri)) return [`"${uri}" holds a "%" that escapes nothing`];
  if (scheme.toLowerCase() === 'mailto') {
    const [address = ''] = rest.split('?');
    if (rest.startsWith('//')) return [`"${uri}" has slashes, which belong to https: it is mailto:${rest.slice(2)}`];
    return /^[^@/#[\]]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.|$))+(?<!\.)$/i.test(address)
      ? []
      : [`"${uri}" holds no address`];
  }
  return /^\/\/[a-z0-9[]/i.test(rest) ? [] : [`"${uri}" names no host`];
}
