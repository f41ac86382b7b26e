import type { DomainSpec, MailcowSpec, OutboundSpec, RelaySpec } from '../domain-spec.ts';
import { Problem } from '../problem.ts';
import type { Profile } from './profile.ts';

/** What the profile's way out is resolved with. */
export interface OutboundInput {
  readonly profile: Pick<Profile, 'outbound' | 'ses'>;
  readonly mailHost: string | undefined;
  readonly relays: readonly RelaySpec[];
  readonly mailcow: MailcowSpec | undefined;
  /** Makes a path of the profile absolute. */
  readonly resolvePath: (path: string) => string;
}

/** How mail of our own hosts leaves; undefined: nobody asks for anything. Throws a Problem where it can't be so. */
export function resolveOutbound(input: OutboundInput): OutboundSpec | undefined {
  const { profile, mailHost, relays, mailcow } = input;
  switch (profile.outbound ?? 'keep') {
    case 'keep':
      return undefined;
    case 'direct': {
      // Relays pass on what comes in; they are what sends only where there is nothing behind them.
      const hosts = mailHost === undefined ? relays.map(({ host }) => host) : [mailHost];
      if (hosts.length > 0) return { by: 'direct', hosts };
      throw new Problem('input', 'outbound.host', 'outbound: direct does not say which host sends.', {
        fix: 'Name it: mailHost in the profile, or --mail-host.',
      });
    }
    case 'ses': {
      if (relays.every(({ managed }) => !managed) && mailcow === undefined)
        throw new Problem(
          'input',
          'outbound.host',
          'outbound: ses needs a host that sends, and none is ours to change.',
          {
            fix: 'Name relays or mailcow in the profile, or say outbound: keep.',
          },
        );
      const file = profile.ses?.smtpCredentials;
      if (file === undefined)
        throw new Problem(
          'input',
          'outbound.credentials',
          'outbound: ses needs passwords, and ses.smtpCredentials names no file.',
          {
            fix: 'Make them with `mailwright ses smtp-credentials DOMAIN --out smtp.json`, and name that file: ses: { smtpCredentials: smtp.json }.',
          },
        );
      return { by: 'ses', credentials: input.resolvePath(file) };
    }
  }
}

/**
 * The SES regions that a host hands mail to, the one that it tries first at the front. Relays take the regions in turn, and go to the
 * others when theirs does not answer; Mailcow knows one next hop only: the first region.
 */
export function outboundRegions(
  { ses, relays = [] }: Pick<DomainSpec, 'ses' | 'relays'>,
  host: { readonly relay: string } | 'mailcow',
): readonly string[] {
  const regions = ses?.regions ?? [];
  if (host === 'mailcow') return regions.slice(0, 1);
  const sending = relays.filter(({ managed }) => managed);
  const first =
    Math.max(
      sending.findIndex((one) => one.host === host.relay),
      0,
    ) % Math.max(regions.length, 1);
  return [...regions.slice(first), ...regions.slice(0, first)];
}
