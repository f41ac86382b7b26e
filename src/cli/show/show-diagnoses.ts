import pc from 'picocolors';
import { type Diagnosis, type DiagnosisStatus, exitOf } from '../../core/diagnosis.ts';

const MARK: Readonly<Record<DiagnosisStatus, string>> = {
  ok: pc.green('✓'),
  unprovable: pc.dim('·'),
  unconfigured: pc.dim('-'),
  warning: pc.yellow('!'),
  unknown: pc.yellow('?'),
  refused: pc.red('✗'),
  broken: pc.red('✗'),
  credentials: pc.red('✗'),
};

/** Characters of a line. */
const LINE = 120;

/** What was found, system by system; permissions that fare alike are one line. The end says what it comes to, and the command that is next. */
export function showDiagnoses(diagnoses: readonly Diagnosis[], next: string): string {
  return [...showLines(diagnoses), '', end(diagnoses, next)].join('\n');
}

/** The same without the end. */
export function showLines(diagnoses: readonly Diagnosis[]): readonly string[] {
  return [...Map.groupBy(diagnoses, (one) => one.system)].map(([system, ofSystem]) => {
    const width = Math.max(0, ...ofSystem.map(({ about = '' }) => about.length));
    const kinds = [...Map.groupBy(ofSystem, kindOf).values()];
    return [pc.bold(system), ...kinds.flatMap((alike) => showAlike(alike, width))].join('\n');
  });
}

/** Permissions of one place with the same word on them are shown together; refusals differ only by their action. */
function kindOf({ id, about, status, permission, says }: Diagnosis): string {
  if (!permission) return `${id} ${about} ${says}`;
  const { action, neededBy, proof, resource = '' } = permission;
  return [about, status, neededBy, proof, says.replaceAll(action, '').replaceAll(resource, '')].join(' ');
}

function showAlike(alike: readonly Diagnosis[], width: number): string[] {
  const [first] = alike;
  if (!first) return [];
  const { about = '', status, permission } = first;
  const needed = permission?.neededBy === undefined ? '' : `for ${permission.neededBy}: `;
  const actions = alike.flatMap((one) => one.permission?.action ?? []);
  const said = permission ? `${needed}${shorten(actions)}: ${first.says}` : first.says;
  const fixes = new Set(alike.flatMap((one) => one.fix ?? []));
  const column = width === 0 ? '' : `${about.padEnd(width)}  `;
  const indent = ' '.repeat(4 + column.length);
  return [
    `  ${MARK[status]} ${pc.dim(column)}${wrap(said, indent)}`,
    ...(fixes.size > 1 ? [together(alike)] : [...fixes]).map(
      (fix) => `${indent}${pc.dim('→')} ${wrap(fix, `${indent}  `)}`,
    ),
  ];
}

/** Lines of a readable length; what follows the first is indented. */
function wrap(text: string, indent: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (indent.length + line.length + word.length < LINE) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}

/** 'ses:GetAccount', 'ses:GetTenant' as 'ses:GetAccount, GetTenant'. */
function shorten(actions: readonly string[]): string {
  const [first = '', ...others] = [...new Set(actions)];
  const prefix = /^[a-z0-9]+:/.exec(first)?.[0] ?? '';
  return [first, ...others.map((one) => (one.startsWith(prefix) ? one.slice(prefix.length) : one))].join(', ');
}

/** One way out for several permissions that are missing. */
function together(alike: readonly Diagnosis[]): string {
  const resources = [...new Set(alike.map(({ permission }) => permission?.resource ?? '*'))];
  const where = / \([^()]*\)\.?$/.exec(alike[0]?.fix ?? '')?.[0] ?? '.';
  return `Allow these on ${resources.join(', ')}${where}`;
}

function end(diagnoses: readonly Diagnosis[], next: string): string {
  const count = (...statuses: DiagnosisStatus[]) => diagnoses.filter((one) => statuses.includes(one.status)).length;
  switch (exitOf(diagnoses)) {
    case 2:
      return pc.red('✗ Credentials are wrong: see above.');
    case 1:
      return pc.red('✗ A run would not go through: see above.');
    case 3:
      return pc.yellow('? Something could not be looked at: see above.');
    default: {
      const warnings = count('warning');
      const unproved = count('unprovable');
      const words = [
        pc.green('✓ Nothing stands in the way.'),
        ...(warnings > 0 ? [`${warnings} ${warnings > 1 ? 'things are' : 'thing is'} worth a look (!).`] : []),
        ...(unproved > 0 ? [pc.dim('What only a write can prove (·), --write-test does.')] : []),
      ];
      return `${words.join(' ')}\n${pc.dim('→')} next: ${next}`;
    }
  }
}
