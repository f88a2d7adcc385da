import { permissionCatalog } from '@atrium/contracts/users';
import { html } from './html.js';
import { layout } from './layout.js';

const openidTexts: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  email: 'See your e-mail address',
  offline_access: 'Stay signed in when you sign out of Atrium in this browser',
};
const catalog: Readonly<Record<string, string>> = permissionCatalog;

/** What a scope means, in words. */
const textOf = (scope: string): string => openidTexts[scope] ?? (Object.hasOwn(catalog, scope) ? (catalog[scope] ?? scope) : scope);

export interface SignInPage {
  readonly action: string;
  readonly clientName: string;
  readonly email?: string;
  readonly problem?: string;
}

export const signInPage = ({ action, clientName, email = '', problem }: SignInPage): string =>
  layout(
    'Sign in',
    html`<p>to go on to <strong>${clientName}</strong></p>
      ${problem === undefined ? '' : html`<p role="alert">${problem}</p>`}
      <form method="post" action="${action}">
        <label>E-mail <input name="email" type="email" autocomplete="username" maxlength="254" value="${email}" required /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" maxlength="256" required /></label>
        <button type="submit">Sign in</button>
        <button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
      </form>`,
  );

export interface SecondFactorPage {
  readonly action: string;
  readonly startOver: string;
  /** Opens nothing by itself, and ends after five minutes. */
  readonly mfaToken: string;
  readonly problem?: string;
}

export const secondFactorPage = ({ action, startOver, mfaToken, problem }: SecondFactorPage): string =>
  layout(
    'Your second factor',
    html`${problem === undefined ? '' : html`<p role="alert">${problem}</p>`}
      <form method="post" action="${action}">
        <input type="hidden" name="mfa_token" value="${mfaToken}" />
        <label>Code of your authenticator app, or a recovery code <input name="code" autocomplete="one-time-code" maxlength="64" required /></label>
        <button type="submit">Go on</button>
        <button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
      </form>
      <p><a href="${startOver}">Begin again</a></p>`,
  );

export interface ConsentPage {
  readonly action: string;
  readonly clientName: string;
  readonly email: string;
  /** Where the browser goes afterwards. */
  readonly host: string;
  readonly scopes: readonly string[];
}

export const consentPage = ({ action, clientName, email, host, scopes }: ConsentPage): string =>
  layout(
    `Let ${clientName} in?`,
    html`<p>You are signed in as <strong>${email}</strong>. <strong>${clientName}</strong> at <code>${host}</code> wants to:</p>
      <ul>${scopes.map((scope) => html`<li>${textOf(scope)} <small>${scope}</small></li>`)}</ul>
      <form method="post" action="${action}">
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny">Deny</button>
      </form>`,
  );

export const refusedPage = (message: string): string => layout('This did not work', html`<p role="alert">${message}</p><p>Go back to the app and try again.</p>`);
