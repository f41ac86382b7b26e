import pc from 'picocolors';
import type { SmtpCredential, SmtpStep } from '../../core/smtp-credentials.ts';
import type { SmtpOutcome } from '../../domains/smtp-credentials.ts';

const SIGNS: Readonly<Record<SmtpStep['kind'], string>> = {
  'create-user': pc.green('+'),
  'create-key': pc.green('+'),
  'tag-user': pc.yellow('~'),
  'put-policy': pc.yellow('~'),
  'deactivate-key': pc.red('-'),
  'delete-key': pc.red('-'),
};
const MARKS: Readonly<Record<SmtpOutcome['outcome'], string>> = {
  done: pc.green('✓'),
  failed: pc.red('✗'),
  held: pc.yellow('…'),
};

/** What is to be done, the policy in full where it is written, and the endpoints. */
export function showSmtpPlan(
  steps: readonly SmtpStep[],
  policy: (step: SmtpStep & { kind: 'put-policy' }) => object,
  endpoints: readonly { region: string; host: string; port: number }[],
): string {
  const lines = steps.flatMap((step) => [
    `  ${SIGNS[step.kind]} ${step.what}${pc.dim(` · ${step.effect}`)}`,
    ...(step.kind === 'put-policy' ? indented(JSON.stringify(policy(step), null, 2)) : []),
    ...(step.kind === 'create-key'
      ? endpoints.map(({ region, host, port }) => pc.dim(`      ${region}: ${host}:${port}, STARTTLS`))
      : []),
  ]);
  return lines.join('\n');
}

/** What became of each step. */
export function showSmtpOutcomes(outcomes: readonly SmtpOutcome[]): string {
  return outcomes.map(({ step, outcome }) => `${MARKS[outcome]} ${step.what}`).join('\n');
}

/** The credentials, as a table; the only place where they are shown. */
export function showSmtpCredentials(credentials: readonly SmtpCredential[]): string {
  const rows = [
    ['region', 'host', 'username', 'password'],
    ...credentials.map((one) => [one.region, `${one.host}:${one.port}`, one.username, one.password]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, index) => {
      const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
      return index === 0 ? pc.dim(line) : line;
    })
    .join('\n');
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => pc.dim(`      ${line}`));
}
