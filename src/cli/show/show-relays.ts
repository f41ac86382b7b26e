import pc from 'picocolors';
import type { RelayInspection } from '../../core/inspection.ts';

/** How relays take mail and pass it on: their parameters, then a line for each domain. */
export function showRelays({ relays, unseen }: RelayInspection): string {
  const shown = relays.map((relay) => {
    const { host, version, configDirectory, running, parameters, domains, unread, unfinished, open } = relay;
    const width = Math.max(0, ...domains.map(({ domain }) => domain.length));
    const hop = Math.max(0, ...domains.map(({ nextHop }) => nextHop.length));
    return [
      pc.bold(host),
      `  Postfix ${version}, ${configDirectory}, ${running ? 'running' : pc.red('stopped')}`,
      ...parameters.filter(({ value }) => value !== '').map(({ name, value }) => `  ${pc.dim(`${name} =`)} ${value}`),
      ...(open ? [pc.red('  ! relays for everybody: reject_unauth_destination is in no restriction')] : []),
      ...unfinished.map((table) => pc.yellow(`  ! ${table}: text and index do not say the same; postmap was not run`)),
      ...unread.map((table) => pc.yellow(`  ! ${table} is no file, its domains are not listed`)),
      '',
      ...(domains.length === 0 ? [pc.dim('  takes mail for no domain')] : []),
      ...domains.map(({ domain, nextHop, recipients, ours }) => {
        const who = recipients === 'any' ? 'every address' : `${recipients} address${recipients === 1 ? '' : 'es'}`;
        return `  ${domain.padEnd(width)}  ${(nextHop || pc.red('no next hop')).padEnd(hop)}  ${who}${ours ? pc.dim('  ours') : ''}`;
      }),
    ].join('\n');
  });
  const missing = unseen.map(({ host, reason, fix }) =>
    [`${pc.red('✗')} ${host}: ${reason}`, ...(fix === undefined ? [] : [`    ${pc.dim('→')} ${fix}`])].join('\n'),
  );
  return [...shown, ...missing].join('\n\n');
}
