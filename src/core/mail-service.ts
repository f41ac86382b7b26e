/** Whose hosts these are, as far as their names tell; empty where they do not. */
export function mailService(host: string): string {
  if (host === '' || host === '.') return ' (null MX: receives no mail)';
  const known: readonly (readonly [RegExp, string])[] = [
    [/(^|\.)mx\.cloudflare\.net$/, 'Cloudflare Email Routing'],
    [/(^|\.)(aspmx\.l|smtp)\.google\.com$|(^|\.)googlemail\.com$/, 'Google Workspace'],
    [/\.mail\.protection\.outlook\.com$|\.mx\.microsoft$/, 'Microsoft 365'],
    [/^inbound-smtp\..+\.amazonaws\.com$/, 'Amazon SES receiving'],
    [/\.(pphosted|ppe-hosted)\.com$/, 'Proofpoint'],
    [/\.mimecast\.com$/, 'Mimecast'],
    [/\.messagingengine\.com$/, 'Fastmail'],
    [/(^|\.)protonmail\.ch$/, 'Proton Mail'],
    [/(^|\.)(park|parking)[a-z-]*\./, 'a parking service'],
  ];
  const found = known.find(([pattern]) => pattern.test(host));
  return found ? ` (${found[1]})` : '';
}
