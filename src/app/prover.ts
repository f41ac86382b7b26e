import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config-schema.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { Problem, toProblem } from '../core/problem.ts';
import type { Resolver } from '../core/resolver.ts';
import type { ProveNeeds, SendTestNeeds } from '../domains/needs.ts';
import { openMailbox } from '../integrations/mailbox.ts';
import { openMailcowClient } from '../integrations/mailcow/index.ts';
import { lendPassword } from '../integrations/mailcow/lent-password.ts';
import type { MailcowSettings } from '../integrations/mailcow/settings.ts';
import { handMessage } from '../integrations/wire/smtp/smtp-hand.ts';
import { systemClock } from './planner.ts';

/** What proofs by messages are made with: SES, strangers' SMTP, and a mailbox that Mailcow lends a password for. */
export function proveNeeds(
  config: Config,
  spec: DomainSpec,
  sender: SendTestNeeds,
  resolver: Resolver,
  stop?: AbortSignal,
): ProveNeeds {
  const mailHost = spec.mailcow?.host ?? '';
  return {
    ...sender,
    ...(stop ? { stop } : {}),
    mark: () => randomBytes(8).toString('hex'),
    now: () => systemClock.now(),
    async hand(name, message) {
      const { values } = await resolver.public({ name, type: 'A' });
      const [address] = values.length > 0 ? values : (await resolver.public({ name, type: 'AAAA' })).values;
      if (address === undefined) throw new Problem('failed', 'smtp.address', `${name} has no address.`);
      await handMessage({ name, address, port: config.smtp.port }, { from: `postmaster@${hostname()}`, ...message });
    },
    async openMailbox(address) {
      const client = openMailcowClient(config.mailcow as MailcowSettings, {
        host: mailHost,
        timeoutMs: config.calls.timeout * 1000,
      });
      try {
        const lent = await lendPassword(client, address);
        try {
          const mailbox = await openMailbox({
            imap: config.mailbox.imap ?? `imaps://${mailHost}:993`,
            submission: config.mailbox.submission ?? `${mailHost}:587`,
            user: address,
            password: lent.password,
          });
          return {
            ...mailbox,
            async close() {
              await mailbox.close();
              await lent.giveBack().finally(() => client.close());
            },
          };
        } catch (error) {
          // Why it did not open is what people want to know; that the password stays, if it does, too.
          await lent.giveBack().catch((left: Problem) => {
            const { message, fix } = toProblem(error);
            throw new Problem(left.kind, left.code, `${message} ${left.message}`, {
              fix: [fix, left.fix].filter(Boolean).join(' '),
            });
          });
          throw error;
        }
      } catch (error) {
        client.close();
        throw error;
      }
    },
  };
}
