import type { Call } from '../gate/operation.ts';
import type { Tag } from '../state.ts';
import { keyActions } from './key-actions.ts';
import { policyActions } from './policy-actions.ts';
import { simulatePrincipalPolicy } from './simulate.ts';
import { userActions } from './user-actions.ts';

/** What an action of IAM comes to. */
export interface IamAnswer {
  /** Its result; absent for actions that answer nothing. */
  readonly xml?: string;
  /** The user that something was taken from. */
  readonly takesFrom?: { readonly tags: readonly Tag[] };
}

/** One action of IAM's Query API (2010-05-08), which asks for its own permission. */
export interface IamAction {
  readonly writes: boolean;
  run(form: URLSearchParams, call: Call): IamAnswer;
}

/** Every action of IAM that is played. */
export const IAM_ACTIONS: ReadonlyMap<string, IamAction> = new Map<string, IamAction>([
  ['SimulatePrincipalPolicy', { writes: false, run: (form, call) => ({ xml: simulatePrincipalPolicy(form, call) }) }],
  ...userActions,
  ...policyActions,
  ...keyActions,
]);
