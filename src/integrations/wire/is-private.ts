/** Loopback, private, link-local, carrier-grade, benchmark and unique-local addresses, and IPv6 ones that stand for IPv4 (RFC 6890). */
export function isPrivate(address: string): boolean {
  const v4 = /^(?:::ffff:)?(\d+)\.(\d+)\.\d+\.\d+$/i.exec(address);
  if (v4) {
    const [a, b] = [Number(v4[1]), Number(v4[2])];
    return (
      a === 0 ||
      a === 10 ||
      a === 127 ||
      a >= 224 ||
      (a === 100 && b >= 64 && b < 128) ||
      (a === 169 && b === 254) ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 198 && (b === 18 || b === 19))
    );
  }
  return /^(::1?$|::ffff:|64:ff9b:|2002:|f[cd]|fe[89ab]|ff)/i.test(address);
}
