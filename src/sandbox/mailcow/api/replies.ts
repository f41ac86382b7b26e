import type { Reply } from '../../http.ts';
import type { Entry } from './entry.ts';

/** A reply without the faults that bend its delivery, and the ledger's word for a refusal. */
export interface Answer {
  readonly reply: Reply;
  readonly error?: string;
}

const HEADERS = { server: 'nginx', 'content-type': 'application/json' };

/** An answer with a JSON body, or with none where `value` is ''. */
export function answer(status: number, value: unknown, error?: string): Answer {
  const body = value === '' ? '' : JSON.stringify(value);
  return { reply: { status, headers: HEADERS, body }, ...(error === undefined ? {} : { error }) };
}

/** A refusal of the API itself, with one sentence. */
export function refused(status: number, msg: string): Answer {
  return answer(status, { type: 'error', msg }, msg);
}

/** What a write answers: its entries, or one sentence where there are none; status 200 also where all was refused. */
export function answerEntries(entries: readonly Entry[]): Answer {
  if (entries.length === 0) return answer(200, { type: 'success', msg: 'Task completed' });
  const { msg } = entries.find(({ type }) => type === 'danger') ?? {};
  return answer(200, entries, typeof msg === 'string' || msg === undefined ? msg : String(msg[0]));
}

/** What a read answers: `{}` for nothing and for an empty list. */
export function answerRead(value: unknown): Answer {
  if (value === '') return answer(200, '');
  return answer(200, value === undefined || (Array.isArray(value) && value.length === 0) ? {} : value);
}

/** A page of the web server in front. */
export function page(status: number, title: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: { server: 'nginx', 'content-type': 'text/html', ...headers }, body };
}
