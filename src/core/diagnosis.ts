import * as z from 'zod';
import type { Problem } from './problem.ts';

/**
 * ok: it is so, and was seen · unprovable: only a write would tell · unconfigured: nobody uses this system · warning: works, and is worth a
 * look · unknown: could not be looked at · refused: a permission is missing · broken: a run would fail on it · credentials: they are wrong.
 */
export type DiagnosisStatus = Diagnosis['status'];

export const diagnosisSchema = z
  .object({
    id: z.string().describe('Stable id of the line: ses.production-access'),
    system: z.string().describe('machine, dns, ses, or a DNS provider'),
    about: z.string().optional().describe('Region, domain, or setting'),
    status: z
      .enum(['ok', 'unprovable', 'unconfigured', 'warning', 'unknown', 'refused', 'broken', 'credentials'])
      .describe('unprovable: only a write would tell · unknown: could not be looked at, says nothing'),
    permission: z
      .object({
        action: z.string().describe('As the system names it: ses:GetAccount, DNS:Edit'),
        resource: z.string().optional(),
        neededBy: z.string().optional().describe('What can’t be done without it'),
        proof: z
          .enum(['call', 'simulation', 'write'])
          .optional()
          .describe(
            'call: one that needs it succeeded · simulation: IAM says so · write: something was made and removed',
          ),
      })
      .optional(),
    says: z.string().describe('What was found, as a sentence'),
    fix: z.string().optional(),
  })
  .meta({ id: 'Diagnosis' });

/** One line of `mailwright doctor`, as data. */
export type Diagnosis = z.output<typeof diagnosisSchema>;

/** What `mailwright doctor --json` prints. Published as docs/doctor.schema.json. */
export const doctorReportSchema = z
  .object({
    version: z.literal(1),
    domains: z.array(z.string()),
    exit: z
      .int()
      .describe('0 good, or not provable · 1 refused or broken · 2 wrong credentials · 3 could not be looked at'),
    diagnoses: z.array(diagnosisSchema),
    startedAt: z.iso.datetime(),
    ms: z.number(),
  })
  .meta({ title: 'Mailwright doctor', description: 'What a run needs, and whether it is there.' });

export type DoctorReport = z.output<typeof doctorReportSchema>;

/** The exit status that diagnoses come to. Wrong credentials come first: what else is broken may follow from them. */
export function exitOf(diagnoses: readonly Diagnosis[]): number {
  const has = (...statuses: DiagnosisStatus[]) => diagnoses.some((one) => statuses.includes(one.status));
  if (has('credentials')) return 2;
  if (has('refused', 'broken')) return 1;
  return has('unknown') ? 3 : 0;
}

/** What a Problem means for whoever asks a doctor. */
export function statusOf(problem: Problem): DiagnosisStatus {
  switch (problem.kind) {
    case 'account':
      return /\.(access-denied|scope)$/.test(problem.code) ? 'refused' : 'credentials';
    case 'unknown':
    case 'retry':
      return 'unknown';
    default:
      return 'broken';
  }
}

/** A Problem as a line: its sentence and its way out. */
export function toDiagnosis(
  problem: Problem,
  at: Pick<Diagnosis, 'id' | 'system' | 'about' | 'permission'>,
): Diagnosis {
  return {
    ...at,
    status: statusOf(problem),
    says: problem.message,
    ...(problem.fix === undefined ? {} : { fix: problem.fix }),
  };
}
