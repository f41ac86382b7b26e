/** Whether a name of a policy or certificate is a host's: '*.example.com' stands for one label, and for no more (RFC 8461 4.1, RFC 9525 6.3). */
export function coversHost(pattern: string, host: string): boolean {
  const [wanted, name] = [pattern.toLowerCase(), host.toLowerCase()];
  return wanted === name || (wanted.startsWith('*.') && name.slice(name.indexOf('.')) === wanted.slice(1));
}
