import type { Answered, Call } from './call.ts';
import { paginate } from './list.ts';
import { refuse, successBody } from './refusal.ts';
import { showAccount } from './view.ts';

/** `GET /user/tokens/verify`: for user tokens only. */
export function verifyUserToken(call: Call): Answered {
  if (call.token.family !== 'user') throw refuse(401, 1000, 'Invalid API Token');
  return verified(call);
}

/** `GET /accounts/{id}/tokens/verify`: for the tokens that this account owns. */
export function verifyAccountToken(call: Call): Answered {
  const { token } = call;
  if (token.family !== 'account' || token.account !== call.ids[0]) throw refuse(401, 1000, 'Invalid API Token');
  return verified(call);
}

function verified({ token }: Call): Answered {
  const message = { code: 10_000, message: 'This API Token is valid and active', type: null };
  const result = { id: token.id, status: token.status };
  return { body: successBody(result, undefined, token.status === 'active' ? [message] : []), effect: false };
}

/** `GET /accounts`: those that the token can reach. */
export function listAccounts({ cloud, token, query }: Call): Answered {
  const visible = cloud.estate.accounts().filter(({ id, name }) => {
    const wanted = query.get('name');
    return (token.account === undefined || token.account === id) && (wanted === null || wanted === name);
  });
  const { items, info } = paginate(visible, query, 20, 50);
  return { body: successBody(items.map(showAccount), info), effect: false };
}
