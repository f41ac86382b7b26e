/** One value of DER (ITU-T X.690): its tag, its length, its content. */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const bytes: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  const length = body.length < 128 ? [body.length] : [0x80 | bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** SEQUENCE */
export const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);

/** OBJECT IDENTIFIER in dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime, for years before 2050. */
export function utcTime(at: number): Buffer {
  const text = new Date(at)
    .toISOString()
    .replaceAll(/[-:T]|\.\d{3}/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text));
}

/** BIT STRING without unused bits. */
export const bitString = (content: Buffer): Buffer => der(0x03, Buffer.from([0]), content);

/** OCTET STRING */
export const octetString = (content: Buffer): Buffer => der(0x04, content);
