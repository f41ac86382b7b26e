/** How far this machine's clock is from a server's, in milliseconds: positive where the machine is behind. Undefined without an answer that says. */
export async function readClockSkew(url: string, timeoutMs: number): Promise<number | undefined> {
  const asked = Date.now();
  try {
    // Any answer carries the time (RFC 9110 6.6.1), also a refusal: nothing is signed and nobody is named.
    const { headers, body } = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    await body?.cancel();
    const said = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(said)) return undefined;
    // The header has whole seconds.
    return said + 500 - (asked + Date.now()) / 2;
  } catch {
    return undefined;
  }
}
