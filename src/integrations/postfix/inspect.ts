import type { RelaySpec } from '../../core/domain-spec.ts';
import type { RelayFacts } from '../../core/inspection.ts';
import { CLASSES, EDITED, type RelayState } from './relay-state.ts';
import { parameter } from './wanted-lines.ts';

/** A relay's mail configuration as facts: which domains it takes, where they go, and by which tables. Pure. */
export function relayFacts({ host }: Pick<RelaySpec, 'host'>, state: RelayState): RelayFacts {
  const { tables, names, others } = parameter(state, 'relay_domains');
  const domains = [...new Set([...names, ...tables.flatMap(({ entries }) => entries.map(({ key }) => key))])];
  const entryOf = (name: (typeof EDITED)[number], key: string) =>
    parameter(state, name)
      .tables.flatMap(({ entries }) => entries)
      .find((entry) => entry.key === key);
  const recipients = parameter(state, 'relay_recipient_maps');
  const listed = recipients.tables.flatMap(({ entries }) => entries.map(({ key }) => key));
  return {
    host,
    version: state.version,
    configDirectory: state.configDirectory,
    running: state.running,
    parameters: [...EDITED, ...CLASSES].map((name) => ({ name, value: parameter(state, name).expanded })),
    domains: domains.toSorted().map((domain) => ({
      domain,
      nextHop: entryOf('transport_maps', domain)?.value ?? '',
      recipients:
        recipients.expanded === '' || listed.includes(`@${domain}`)
          ? ('any' as const)
          : listed.filter((key) => key.endsWith(`@${domain}`)).length,
      ours: entryOf('relay_domains', domain)?.ours === true,
    })),
    unread: others.length > 0 ? [...others] : [],
    unfinished: [...state.parameters.values()].flatMap(({ tables: all }) =>
      all
        .filter((table) => table.differing.length > 0 || table.broken !== undefined)
        .map(({ type, path }) => `${type}:${path}`),
    ),
    open: !/\b(reject|defer)_unauth_destination\b/.test(
      `${state.values.get('smtpd_relay_restrictions') ?? ''} ${state.values.get('smtpd_recipient_restrictions') ?? ''}`,
    ),
  };
}
