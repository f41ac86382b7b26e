import type { Diagnosis } from '../../core/diagnosis.ts';
import { readClockSkew } from '../wire/aws/server-clock.ts';
import { examineEnvFile } from './env-file.ts';
import { examinePorts, type PortQuestion } from './ports.ts';
import { examineStateFolder } from './state-folder.ts';

/** What is asked of the machine. */
export interface MachineQuestion extends PortQuestion {
  /** Mailwright's own version. */
  readonly version: string;
  readonly stateFolder: string;
  /** The folder whose .env counts. */
  readonly folder: string;
  /** Servers whose Date header is believed, the first that answers: { who: 'AWS', url }. */
  readonly clocks: readonly { readonly who: string; readonly url: string }[];
  /** Milliseconds that one question may take. */
  readonly timeoutMs: number;
}

/** AWS refuses signatures that are more than five minutes off. */
const REFUSED_MS = 5 * 60_000;
const ODD_MS = 60_000;

/** Whether this machine is fit for a run: versions, clock, ports that have to be open, state folder and .env. Never throws. */
export async function examineMachine(question: MachineQuestion): Promise<readonly Diagnosis[]> {
  const [clock, ports, state, env] = await Promise.all([
    examineClock(question),
    examinePorts(question),
    examineStateFolder(question.stateFolder),
    examineEnvFile(question.folder),
  ]);
  const says = `Mailwright ${question.version}, Node ${process.versions.node} on ${process.platform}`;
  return [{ id: 'machine.versions', system: 'machine', status: 'ok', says }, clock, ...ports, state, ...env];
}

async function examineClock({ clocks, timeoutMs }: MachineQuestion): Promise<Diagnosis> {
  const at = { id: 'machine.clock', system: 'machine' };
  const answers = await Promise.all(
    clocks.map(async ({ who, url }) => ({ who, skew: await readClockSkew(url, timeoutMs) })),
  );
  const heard = answers.find((one) => one.skew !== undefined);
  if (heard?.skew === undefined) {
    const asked = clocks.map(({ who }) => who).join(', ');
    return {
      ...at,
      status: 'unknown',
      says: `the clock could not be compared: no answer of ${asked}`,
      fix: 'Check that this machine reaches the internet (HTTPS), and proxy settings.',
    };
  }
  const off = `the clock is ${describe(heard.skew)} by ${heard.who}’s`;
  if (Math.abs(heard.skew) < ODD_MS) return { ...at, status: 'ok', says: off };
  return {
    ...at,
    status: Math.abs(heard.skew) < REFUSED_MS ? 'warning' : 'broken',
    says: `${off}; AWS refuses signatures that are five minutes off`,
    fix: 'Set the clock (for example: timedatectl set-ntp true).',
  };
}

function describe(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds <= 2) return 'right';
  const size = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
  return `${size} ${skewMs > 0 ? 'behind' : 'ahead'}`;
}
