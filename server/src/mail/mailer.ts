/**
 * Mail to the owner of an account, where the operator has set a server for it. Sent beside everything else: what must
 * happen is never a mail, and one that cannot be sent is logged.
 */
import type { Transporter } from "nodemailer";

export interface Mailer {
  /** @param mail plain text. Resolves whatever becomes of it. */
  send(mail: {
    readonly to: string;
    readonly subject: string;
    readonly text: string;
  }): Promise<void>;
}

const timeoutMs = 15_000;

/** @param settings null: nothing is sent. @param onFailure hears what kept a mail from being sent. */
export function createMailer(
  settings: { readonly smtpUrl: string; readonly from: string } | null,
  onFailure: (error: unknown) => void,
): Mailer {
  let transport: Promise<Transporter> | undefined;
  return {
    send: async (mail) => {
      if (settings === null) return;
      try {
        // Loaded at the first mail: most servers send none.
        transport ??= import("nodemailer").then(({ createTransport }) =>
          createTransport(settings.smtpUrl, {
            connectionTimeout: timeoutMs,
            greetingTimeout: timeoutMs,
            socketTimeout: timeoutMs,
          } as object),
        );
        await (await transport).sendMail({ ...mail, from: settings.from });
      } catch (error) {
        onFailure(error);
      }
    },
  };
}
