import type { Clock, Facts } from '../../core/ground.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { Change, Outcome } from '../../core/resource.ts';
import { DKIM_MAKERS } from './apply/dkim.ts';
import { IDENTITY_MAKERS } from './apply/identity.ts';
import { REMOVERS } from './apply/remove.ts';
import { TENANT_MAKERS } from './apply/tenant.ts';
import type { SesClient } from './client.ts';
import type { KeyFiles } from './own-key.ts';
import { type Learnt, learntKey } from './read.ts';

/** The data of SES changes (`after`, of a deletion `before`): everything that a call needs, so that another process can make it. */
export interface ChangeData {
  readonly region: string;
  readonly domain: string;
  readonly origin?: string;
  /** Of a key of one's own. The key itself is read from the file when the call is made. */
  readonly selector?: string;
  readonly keyFile?: string;
  /** DKIM starts: signing is switched on as well. */
  readonly starts?: true;
  readonly keyLength?: 'RSA_1024_BIT' | 'RSA_2048_BIT';
  readonly configurationSet?: string | null;
  readonly tenant?: string;
  readonly arn?: string;
  readonly mailFrom?: string;
  readonly onMxFailure?: 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';
  /** null: the tag is taken away. */
  readonly tags?: Readonly<Record<string, string | null>>;
}

/** What making a change needs beside its data. */
export interface ApplyNeeds {
  readonly facts: Facts;
  readonly learnt: Learnt;
  readonly account: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly keyFiles: KeyFiles;
}

/** Makes one kind of change, by the words after the region in its id. */
export type Make = (data: ChangeData, client: SesClient, needs: ApplyNeeds) => Promise<Outcome>;

const MAKERS: Readonly<Record<string, Make>> = { ...IDENTITY_MAKERS, ...DKIM_MAKERS, ...TENANT_MAKERS };

/** Makes one change and says how it went; never throws for what SES refuses. */
export async function applySesChange(change: Change, client: SesClient, needs: ApplyNeeds): Promise<Outcome> {
  const gone = change.verb === 'delete';
  const data = (gone ? change.before : change.after) as unknown as ChangeData;
  const kind = change.id.slice(change.id.indexOf('/') + 1);
  const make = (gone ? REMOVERS : MAKERS)[kind];
  if (!make)
    return {
      status: 'failed',
      problem: new Problem('failed', 'ses.change', `No way to apply "${change.id}".`).toJSON(),
    };
  try {
    return await make(data, client, needs);
  } catch (error) {
    const problem = toProblem(error);
    // What we believed may not be so any more: it is read anew.
    needs.learnt.tenants.delete(learntKey(data.region, data.tenant ?? ''));
    needs.learnt.identities.delete(learntKey(data.region, data.domain));
    // Somebody was there first: what exists is kept as it is, and is not ours; what is gone already needs no deleting.
    if (problem.code === 'ses.AlreadyExists' && !gone) return { status: 'kept' };
    if (problem.code === 'ses.NotFound' && gone) return { status: 'done' };
    return { status: 'failed', problem: problem.toJSON() };
  }
}
