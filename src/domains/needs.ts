/** What this feature needs of the outside; the app satisfies it. */
export interface ListNeeds {
  /** One reading for each region: where one can't be asked, the others can. */
  readonly identities: readonly (() => Promise<readonly { region: string; name: string; verified: boolean }[]>)[];
  /** Names of the zones, one reading for each DNS provider: likewise. */
  readonly zones: readonly (() => Promise<readonly string[]>)[];
}

export interface SendTestNeeds {
  send(
    region: string,
    message: { from: string; to: string; subject: string; text: string; tenant?: string; configurationSet?: string },
  ): Promise<{ messageId: string }>;
  /** The receiver's own verdict, where the receiver is ours to ask (the sandbox's inbox). */
  readonly verdict?: (
    messageId: string,
    from: string,
  ) => Promise<{ spf: string; dkim: string; dmarc: string } | undefined>;
}
