import { requestJson } from './wire/http.ts';

/** What the sandbox's inbox found of a message: results of SPF, DKIM and DMARC (RFC 8601). */
export interface Verdict {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

interface Stored {
  readonly verdicts: {
    readonly spf: { readonly result: string };
    readonly dkim: readonly { readonly result: string; readonly domain: string }[];
    readonly dmarc: { readonly result: string };
  };
}

/** Asks a running sandbox for the verdict on a message, waiting a few seconds for it to arrive. */
export async function readVerdict(control: string, messageId: string, from: string): Promise<Verdict | undefined> {
  const url = `${control}/control/inbox?messageId=${encodeURIComponent(messageId)}`;
  const domain = from.slice(from.lastIndexOf('@') + 1);
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const answer = await requestJson(url, { system: 'sandbox' });
    const body = answer.json as Stored[] | { messages?: Stored[] } | undefined;
    const [message] = Array.isArray(body) ? body : (body?.messages ?? []);
    if (message) {
      const { spf, dkim, dmarc } = message.verdicts;
      const own = dkim.find((one) => one.domain === domain) ?? dkim[0];
      return { spf: spf.result, dkim: own?.result ?? 'none', dmarc: dmarc.result };
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return undefined;
}
