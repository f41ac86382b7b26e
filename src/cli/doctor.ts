import type { ArgsDef } from 'citty';
import { openDoctor } from '../app/doctor.ts';
import { type Diagnosis, type DoctorReport, exitOf } from '../core/diagnosis.ts';
import { examineAll } from '../domains/doctor.ts';
import { withWritten } from '../domains/write-test.ts';
import { askSecret } from './ask.ts';
import { commandLine } from './command-line.ts';
import { DOMAIN_ARGS, domainRequest } from './domain-flags.ts';
import { readFlags } from './flags.ts';
import { VERSION } from './index.ts';
import { printResult, writeResult } from './result-file.ts';
import { showDiagnoses } from './show/show-diagnoses.ts';
import { stopOnSignal } from './stop.ts';

export const args = {
  domains: { type: 'positional', required: false, description: 'Domains to look at as well' },
  profile: DOMAIN_ARGS.profile,
  file: DOMAIN_ARGS.file,
  dns: DOMAIN_ARGS.dns,
  'ses-regions': DOMAIN_ARGS['ses-regions'],
  'ses-tenant': DOMAIN_ARGS['ses-tenant'],
  'write-test': {
    type: 'boolean',
    description: 'Prove writes: one TXT record in each domain’s zone, one tag on an identity of ours, made and removed',
  },
  state: DOMAIN_ARGS.state,
  json: { type: 'string', description: 'Print what was found as JSON; =FILE writes it', valueHint: '[=FILE]' },
} as const satisfies ArgsDef;

/** Looks whether everything that a run needs is there, and says what to do where it is not. */
export async function run(rawArgs: string[]): Promise<number> {
  const flags = readFlags(rawArgs, args);
  const began = Date.now();
  const json = flags.text('json');
  // A file that can't be written is told before anything is asked.
  if (json !== undefined && json !== '-') writeResult('--json', json, '');
  const doctor = openDoctor(domainRequest(flags), VERSION, askSecret());
  try {
    const known = await examineAll(doctor.examiners);
    const diagnoses = withWritten(known, flags.on('write-test') ? await runWriteTests(doctor) : []);
    const report: DoctorReport = {
      version: 1,
      domains: [...doctor.domains],
      exit: exitOf(diagnoses),
      diagnoses: [...diagnoses],
      startedAt: new Date(began).toISOString(),
      ms: Date.now() - began,
    };
    if (json !== undefined) printResult(json, report);
    if (json !== '-') console.log(showDiagnoses(diagnoses, nextCommand(rawArgs, doctor.domains)));
    return report.exit;
  } finally {
    doctor.close();
  }
}

/** The plan of the same, as it can be typed. */
function nextCommand(rawArgs: readonly string[], domains: readonly string[]): string {
  const named = domains.length > 0 ? rawArgs : ['example.com', ...rawArgs];
  return commandLine('plan', named, { switches: ['write-test'], valued: ['json'] });
}

/** What a test made is removed also where somebody presses Ctrl-C meanwhile. */
async function runWriteTests(doctor: ReturnType<typeof openDoctor>): Promise<readonly Diagnosis[]> {
  const interruption = stopOnSignal(() => console.error('Removing what the test made…'));
  try {
    return await examineAll(doctor.writeTests(interruption.signal));
  } finally {
    interruption.end();
  }
}
