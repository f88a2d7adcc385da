import { Injectable } from '@nestjs/common';
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { Html, html } from './html.js';
import { layout, pageHeaders } from './layout.js';

/** The pages that the library asks for. */
@Injectable()
export class ProviderPages {
  /** What can't be told to the client app, because it isn't known for sure which one it was. */
  readonly error = async (ctx: KoaContextWithOIDC, out: ErrorOut): Promise<void> => {
    const body = html`<p role="alert">${out.error_description ?? 'The request could not be answered.'}</p>
      <p>Go back to the app and try again. <small>${out.error}</small></p>`;
    send(ctx, 'This did not work', body);
  };

  /** `form` is the library's own, with its token against forgery; the buttons belong to it. */
  readonly signOut = async (ctx: KoaContextWithOIDC, form: string): Promise<void> => {
    const body = html`<p>Do you want to sign out of Atrium in this browser?</p>
      ${new Html(form)}
      <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
      <button type="submit" form="op.logoutForm">Stay signed in</button>`;
    const target = ctx.oidc.session?.state?.['postLogoutRedirectUri'];
    send(ctx, 'Sign out', body, typeof target === 'string' ? target : undefined);
  };

  readonly signedOut = async (ctx: KoaContextWithOIDC): Promise<void> => {
    send(ctx, 'You are signed out', html`<p>You can close this page.</p>`);
  };
}

function send(ctx: KoaContextWithOIDC, title: string, body: Html, returnTo?: string): void {
  ctx.set(pageHeaders(returnTo));
  ctx.type = 'html';
  ctx.body = layout(title, body);
}
