const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)mx\.cloudflare\.net$/, 'Cloudflare Email Routing'],
  [/(^|\.)(aspmx\.l|smtp)\.google\.com$|(^|\.)googlemail\.com$/, 'Google Workspace'],
  [/\.mail\.protection\.outlook\.com$|\.mx\.microsoft$/, 'Microsoft 365'],
  [/^inbound-smtp\..+\.amazonaws\.com$/, 'Amazon SES receiving'],
  [/^feedback-smtp\..+\.amazonses\.com$/, 'Amazon SES feedback'],
  [/\.(pphosted|ppe-hosted)\.com$/, 'Proofpoint'],
  [/\.mimecast\.com$/, 'Mimecast'],
  [/\.messagingengine\.com$/, 'Fastmail'],
  [/(^|\.)protonmail\.ch$/, 'Proton Mail'],
  [/(^|\.)(park|parking)[a-z-]*\./, 'a parking service'],
];

/** Whose host a mail exchanger is, as far as its name tells. */
export function mailServiceOf(host: string): string | undefined {
  return SERVICES.find(([pattern]) => pattern.test(host))?.[1];
}

/** The same for sentences, in brackets; empty where the name does not tell. */
export function mailService(host: string): string {
  if (host === '' || host === '.') return ' (null MX: receives no mail)';
  const found = mailServiceOf(host);
  return found === undefined ? '' : ` (${found})`;
}
