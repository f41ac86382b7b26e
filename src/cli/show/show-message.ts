import pc from 'picocolors';
import { isReserved } from '../../core/checks/lint/reserved-ranges.ts';
import { escapeControls } from '../../core/records/txt.ts';
import type { MessageVerdict } from '../../core/verdicts.ts';
import { messageWays } from './message-ways.ts';

/** What a receiver finds of a message, and why it counts or not. */
export function showMessage(verdict: MessageVerdict): string {
  const { author: named, signatures, spf, spfUnjudged = 'nobody was asked', arc, dmarc } = verdict;
  const author = named === undefined ? undefined : escapeControls(named);
  const lines = [`${pc.bold('From')}   ${author ?? 'no domain, or several'}`];
  for (const one of signatures) {
    const { domain, selector, algorithm, result, reason, aligned, unsigned, keyBits } = one;
    const key = [algorithm, keyBits === undefined ? undefined : `${keyBits} bits`].filter(Boolean).join(', ');
    lines.push(
      `${mark(result)} DKIM   ${result}  ${escapeControls(`d=${domain} s=${selector}`)}  ${pc.dim(escapeControls(key))}  ${counts(result, aligned, author)}`,
    );
    if (reason !== undefined && result !== 'pass') lines.push(pc.dim(`         ${escapeControls(reason)}`));
    if (unsigned !== undefined)
      lines.push(pc.yellow(`         the last ${unsigned} bytes are not signed (l=): anybody may have added them`));
  }
  if (signatures.length === 0) lines.push(`${pc.yellow('·')} DKIM   none: nobody signed it`);
  if (spf) {
    lines.push(
      `${mark(spf.result)} SPF    ${spf.result}  ${escapeControls(`${spf.ip} for ${spf.domain}`)}  ${counts(spf.result, spf.aligned, author)}`,
    );
    if (spf.reason !== undefined && spf.result !== 'pass') lines.push(pc.dim(`         ${escapeControls(spf.reason)}`));
    if (spf.greeting) lines.push(pc.dim('         it is a bounce: the name counts by which the host greeted'));
    if (isReserved(spf.ip))
      lines.push(pc.yellow('         that is no public address: name the host that sent it here (--ip, --from)'));
  } else lines.push(`${pc.yellow('?')} SPF    not judged: ${escapeControls(spfUnjudged)}`);
  if (arc.instances > 0) {
    const seals = `${arc.instances} ${arc.instances === 1 ? 'seal' : 'seals'}${arc.sealer === undefined ? '' : `, the newest by ${escapeControls(arc.sealer)}`}`;
    lines.push(
      `${mark(arc.result)} ARC    ${arc.result}  ${seals}${arc.reason === undefined ? '' : pc.dim(`  ${escapeControls(arc.reason)}`)}`,
    );
  }
  const isSomething = spf?.result === 'pass' || signatures.some(({ result }) => result === 'pass');
  lines.push(...showDmarc(dmarc, isSomething ? 'nothing that passes is of' : 'neither DKIM nor SPF passes for'));
  return [...lines, ...messageWays(verdict).map((way) => `${pc.dim('→')} ${escapeControls(way)}`)].join('\n');
}

function showDmarc(
  { result, reason, policy, policyDomain, organisation, record }: MessageVerdict['dmarc'],
  lacking: string,
): string[] {
  const where = policyDomain === undefined ? '' : `  ${escapeControls(`_dmarc.${policyDomain}: ${record}`)}`;
  const next = {
    pass: 'the author’s domain stands by it',
    fail: `${lacking} ${escapeControls(organisation ?? 'the author’s domain')}, which asks ${policy === 'reject' ? 'receivers to refuse such mail' : policy === 'quarantine' ? 'receivers to put such mail into spam' : 'for nothing (p=none)'}`,
    none: reason === undefined ? 'no policy is published' : undefined,
    temperror: 'whether it passes is not known',
  }[result];
  return [
    `${mark(result)} DMARC  ${result}${next === undefined ? '' : `: ${next}`}`,
    ...(where === '' ? [] : [pc.dim(`       ${where}`)]),
    ...(reason === undefined ? [] : [pc.dim(`         ${escapeControls(reason)}`)]),
  ];
}

function mark(result: string): string {
  if (result === 'pass') return pc.green('✓');
  if (result === 'temperror') return pc.yellow('?');
  return result === 'none' || result === 'neutral' ? pc.yellow('·') : pc.red('✗');
}

function counts(result: string, aligned: boolean, author: string | undefined): string {
  if (author === undefined || result !== 'pass') return '';
  return aligned ? pc.green(`counts for ${author}`) : pc.yellow(`is not ${author}’s`);
}
