import nodemailer from 'nodemailer';
import type { World } from '../../world.ts';
import { sendingHost } from '../own-records.ts';
import type { Post } from '../state.ts';

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
        await transport.sendMail({ envelope, raw });
      } catch (error) {
        world.ledger.write({
          system: 'ses',
          operation: 'delivery',
          region,
          request: envelope,
          status: 'failed',
          error: error instanceof Error ? error.message : String(error),
          effect: false,
        });
      }
    },
    close() {
      for (const transport of transports.values()) transport.close();
    },
  };
}
