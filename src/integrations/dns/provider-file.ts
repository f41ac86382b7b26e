import type * as z from 'zod';
import type { DnsProvider } from '../../core/dns-provider.ts';
import type { Clock, Pace } from '../../core/ground.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';

/** What every provider is opened with beside its own settings. */
export interface DnsProviderNeeds {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly resolver: Resolver;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
  /** The account that the zone must be in (dns.account of the profile). */
  readonly account?: string | undefined;
  /** The zone's id, where several have its name (dns.zone of the profile). */
  readonly zone?: string | undefined;
  /** How AWS is reached, for a provider that is part of it. */
  readonly aws: AwsSettings;
}

/** A DNS provider's file: everything else (configuration, flags, masking, documentation) follows from it. */
export interface DnsProviderFile {
  readonly name: string;
  /** As people write it: 'Route 53'. */
  readonly title: string;
  /** Its settings, each with its environment name, title and secrecy in the schema's metadata. A required one is asked for when the provider is used. */
  readonly settings: z.ZodObject;
  /** What gives the credentials, for whoever has none: 'an API token with Zone:Read and DNS:Edit'. */
  readonly credentials: string;
  /** Only where it is named, never because it is configured. */
  readonly onlyByName?: boolean;
  /** Whether a name server is one of this provider's, by its name. */
  serves(nameServer: string): boolean;
  open(settings: never, needs: DnsProviderNeeds): DnsProvider | Promise<DnsProvider>;
}
