import * as list from './index.ts';
import type { DnsProviderFile } from './provider-file.ts';

/** Every DNS provider, by its name; that each is a whole one is checked here. */
export const DNS_PROVIDERS = list satisfies Readonly<Record<string, DnsProviderFile>>;

export type DnsProviderName = keyof typeof DNS_PROVIDERS;
