import type { DesiredRecord, Findings } from '../../../core/resource.ts';
import { systemOf } from '../names.ts';
import type { MailcowPlan } from './plan.ts';

/** The names by which mail programs find the host: Outlook asks autodiscover, Thunderbird and others autoconfig. */
export function planClients({ spec, mailcow, host }: MailcowPlan): Findings {
  if (!mailcow.clientRecords) return {};
  const records = ['autodiscover', 'autoconfig'].map((label): DesiredRecord => {
    const name = `${label}.${spec.domain}`;
    return {
      id: `dns ${name} CNAME`,
      record: { name, type: 'CNAME', value: host, ttl: spec.ttl },
      firmness: 'single',
      system: systemOf(host),
      purpose: 'settings for mail programs',
      effect: `mail programs find ${host} by an address @${spec.domain}; Mailcow takes the name into its certificate`,
      check: 'mailcow.clients',
    };
  });
  // A record at its own name would lead in a circle.
  return { records: records.filter(({ record }) => record.name !== host) };
}
