import nodemailer from 'nodemailer';
import type { World } from '../../world.ts';
import { sendingHost } from '../own-records.ts';
import type { Post } from '../state.ts';

/** What the receiving side said of each recipient. */
export interface Delivered {
  readonly accepted: readonly string[];
  /** The server's last word where it took the message. */
  readonly response: string;
  /** SMTP reply code, 0 where there was no reply. */
  readonly failed: readonly { readonly address: string; readonly code: number; readonly text: string }[];
}

/** What nodemailer says of a refusal. */
interface Refusal {
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly message: string;
}

/** Opens SES's outgoing servers: SMTP to one port on loopback, connections kept per Region because each Region has its own EHLO name. */
export function openPost(world: World, smtpPort: number): Post {
  const open = (region: string) =>
    nodemailer.createTransport({
      pool: true,
      host: '127.0.0.1',
      port: smtpPort,
      name: sendingHost(region),
      ignoreTLS: true,
      connectionTimeout: 5000,
      greetingTimeout: 5000,
      socketTimeout: 20_000,
    });
  const transports = new Map<string, ReturnType<typeof open>>();
  return {
    async deliver(region, raw, envelope) {
      const transport = transports.get(region) ?? open(region);
      transports.set(region, transport);
      try {
        const { accepted, response, rejectedErrors = [] } = await transport.sendMail({ envelope, raw });
        const failed = rejectedErrors.map((error) => readRefusal(error, error.recipient ?? ''));
        return { accepted: [...accepted], response, failed };
      } catch (error) {
        const refusal: Refusal = error instanceof Error ? error : new Error(String(error));
        world.ledger.write({
          system: 'ses',
          operation: 'delivery',
          region,
          request: envelope,
          status: 'failed',
          error: refusal.message,
          effect: false,
        });
        return { accepted: [], response: '', failed: envelope.to.map((address) => readRefusal(refusal, address)) };
      }
    },
    close() {
      for (const transport of transports.values()) transport.close();
    },
  };
}

function readRefusal({ responseCode = 0, response, message }: Refusal, address: string) {
  return { address, code: responseCode, text: response ?? message };
}
