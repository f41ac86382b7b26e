import * as cloudflare from './cloudflare.ts';

/** Every DNS provider: one file and one line. Configuration, masking and documentation follow from this list. */
export const DNS_PROVIDERS = { cloudflare } as const;

export type DnsProviderName = keyof typeof DNS_PROVIDERS;
