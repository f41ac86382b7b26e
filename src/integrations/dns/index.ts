import * as cloudflare from './cloudflare.ts';
import * as manual from './manual.ts';
import * as porkbun from './porkbun.ts';
import type { DnsProviderFile } from './provider-file.ts';
import * as route53 from './route53.ts';

/** Every DNS provider: one file and one line. Configuration, masking and documentation follow from this list. */
export const DNS_PROVIDERS = {
  cloudflare,
  porkbun,
  route53,
  manual,
} as const satisfies Readonly<Record<string, DnsProviderFile>>;

export type DnsProviderName = keyof typeof DNS_PROVIDERS;
