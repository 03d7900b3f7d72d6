// Made from openapi.yaml by `npm run client`. Copy it, and do not edit it.

export interface paths {
    "/auth/v2/programmatic/register/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register with an email and a password
         * @description Mails a code for `verify-email/`: at most 5 an hour and 20 a day go to one email, and each starts the minute of `resend-otp/`. The answer is always the same and tells nothing of the email. When an email is registered with two different passwords before its code is entered, neither will open the account: it takes a password reset.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/resend-otp/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a new code
         * @description At most one a minute per email, and not more mails than `register/` says. The older code no longer works.
         */
        post: operations["resendCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/verify-email/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enter the code and get everything to start with
         * @description Makes the user, an organization and its first application. The answer is the only one that ever holds this `api_key`. Five tries, ten minutes, single use.
         */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/login/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description Failed logins lock the account for the address they came from: 5 for 15 minutes, 10 for 1 hour, 20 for 24. After 50 in a day from anywhere, it listens only to addresses it was logged in from before. For a user with a second factor the answer has a `temp_token` in the place of tokens: go on with `2fa/verify/`, or with `2fa/passkey/options/`.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/refresh/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Spend a refresh token for new tokens
         * @description A refresh token is good once. Within ten seconds it is answered with the same new refresh token once more, for an answer that was lost; otherwise using it again ends the session with all its tokens. A session ends 90 days after its login.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/logout/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log out
         * @description Ends the session: its refresh token and its admin tokens are refused from now on.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/forgot-password/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a code to reset the password
         * @description The answer is always the same. At most one mail a minute per email, and not more than `register/` says.
         */
        post: operations["forgotPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/reset-password/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a new password with the code
         * @description Ends every session of the user.
         */
        post: operations["resetPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read my account */
        get: operations["getAccount"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/change-password/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change my password
         * @description Ends every session but this one, and tells the user by mail. A wrong `current_password` counts as a failed login.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/reauthenticate/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give my password again
         * @description For 15 minutes this session may do what needs a password that was given lately. Any request that needs one also takes it itself, as `password`.
         */
        post: operations["reauthenticate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/sessions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List my sessions
         * @description Logins that have not ended. Those of a trusted issuer are not here.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        /**
         * End all my sessions but this one
         * @description Needs a password that was given within 15 minutes.
         */
        delete: operations["endOtherSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/sessions/{session}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of my sessions
         * @description Its tokens, or its cookie, are refused from the answer on. It may be this one; another one needs a password that was given within 15 minutes.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/2fa/verify/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a login with a code
         * @description Five tries, five minutes. Wrong ones count in the lockout of `login/`. A code of the app is good once, also for a moment before and after the half minute it is shown in, and so is a recovery code.
         */
        post: operations["verifySecondFactor"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/2fa/totp/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to set up an authenticator app
         * @description It changes nothing before a code was confirmed, and begins anew when it is called again. Needs a password that was given within 15 minutes.
         */
        post: operations["createTotp"];
        /**
         * Remove the authenticator app
         * @description Takes the password and a code, or a recovery code. Wrong ones count in the lockout of `login/`.
         */
        delete: operations["deleteTotp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/2fa/totp/confirm/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the authenticator app a second factor
         * @description From the answer on, a login asks for it. Logins that are open go on. The code is used up.
         */
        post: operations["confirmTotp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/2fa/recovery-codes/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the recovery codes
         * @description With an authenticator app it takes a code of it, or a recovery code; wrong ones count in the lockout of `login/`. Needs a password that was given within 15 minutes.
         */
        post: operations["regenerateRecoveryCodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/2fa/passkey/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to finish a login with a passkey
         * @description The challenge is good once, as long as the `temp_token` is; a newer one takes its place.
         */
        post: operations["createPasskeyLoginOptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/2fa/passkey/verify/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish a login with a passkey
         * @description Takes the answer to the newest challenge. It counts as a try of `2fa/verify/` does.
         */
        post: operations["verifyPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/passkeys/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List my passkeys */
        get: operations["listPasskeys"];
        put?: never;
        /**
         * Keep the passkey that was made
         * @description Takes the answer to the newest challenge of `options/`, from a page of `PUBLIC_URL` or of `CORS_ORIGINS`. At most 20 of one user. The user was verified by the authenticator; what made it is not asked for.
         */
        post: operations["createPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/passkeys/options/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to make a passkey
         * @description The challenge is good once, for five minutes; a newer one takes its place. Needs a password that was given within 15 minutes.
         */
        post: operations["createPasskeyOptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/passkeys/{passkey}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey
         * @description Needs a password that was given within 15 minutes.
         */
        delete: operations["deletePasskey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/console/session/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who is logged in to the console
         * @description For the service’s own page: only requests that it makes itself are heard, with `x-latchkey-console: 1`, of the same origin. With the cookie other routes take `x-latchkey-user`, the `uuid` of the user whose page it is: where the cookie is another user’s it is a request without one. Without a session `user` is null. Asking is no use of the session: it ends as if nobody had asked.
         */
        get: operations["getConsoleSession"];
        put?: never;
        /**
         * Log in to the console
         * @description For the service’s own page: only requests that it makes itself are heard, with `x-latchkey-console: 1`, of the same origin. The rules and answers are those of `login/`. Sets the cookie of a new session; who has a second factor gets it from the routes under `2fa/`.
         */
        post: operations["openConsoleSession"];
        /**
         * Log out of the console
         * @description For the service’s own page: only requests that it makes itself are heard, with `x-latchkey-console: 1`, of the same origin. Takes the cookie away. Without a session there is nothing to do, which is an answer too.
         */
        delete: operations["endConsoleSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/me/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List my organizations */
        get: operations["listOrganizations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an organization
         * @description The caller becomes its owner. `contact_email` defaults to the caller’s own.
         */
        post: operations["createOrganization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an organization */
        get: operations["getOrganization"];
        put?: never;
        post?: never;
        /**
         * Delete an organization with everything in it
         * @description Needs the name of the organization as `confirm`, else 422, and a password that was given within 15 minutes.
         */
        delete: operations["deleteOrganization"];
        options?: never;
        head?: never;
        /** Change an organization */
        patch: operations["updateOrganization"];
        trace?: never;
    };
    "/auth/v2/organizations/{org}/members/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List members */
        get: operations["listMembers"];
        put?: never;
        /**
         * Invite one person by email
         * @description The same as `members/invite/` with one email. Mails a link that works once, within 7 days. Who is a member or invited already gets no mail. The answer is the same whether or not an address has an account. An organization sends at most 100 such mails an hour and 200 a day; at most 5 an hour and 20 a day reach one address, and no more are sent to it then. Only owners invite owners, with a password that was given within 15 minutes.
         */
        post: operations["inviteMember"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/members/{member}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a member */
        get: operations["getMember"];
        put?: never;
        post?: never;
        /**
         * Remove a member, or leave
         * @description Anybody may leave; others are removed by admins, owners by owners alone, and an owner leaves or is removed with a password that was given within 15 minutes. The last owner stays (409). What the person has made goes on; the person’s tokens are good for nothing here from now on.
         */
        delete: operations["deleteMember"];
        options?: never;
        head?: never;
        /**
         * Change the role of a member
         * @description Who becomes an owner or was one is decided by owners alone, with a password that was given within 15 minutes. The last owner stays one (409). Holds from the next request of that person on.
         */
        patch: operations["updateMember"];
        trace?: never;
    };
    "/auth/v2/organizations/{org}/roles/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the roles */
        get: operations["listRoles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/members/invite/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite one to five people by email
         * @description Mails a link that works once, within 7 days. Who is a member or invited already gets no mail. The answer is the same whether or not an address has an account. An organization sends at most 100 such mails an hour and 200 a day; at most 5 an hour and 20 a day reach one address, and no more are sent to it then. Only owners invite owners, with a password that was given within 15 minutes.
         */
        post: operations["inviteMembers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/members/pending/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List open invitations */
        get: operations["listInvitations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/members/pending/{invitation}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an open invitation */
        get: operations["getInvitation"];
        put?: never;
        /**
         * Send an invitation again
         * @description With a new link, which works for 7 days; the one before works no longer. Counts as `members/invite/` says, and where no mail is sent any more nothing changes, and `sent_at` stays: the last link goes on.
         */
        post: operations["resendInvitation"];
        /** Withdraw an invitation */
        delete: operations["deleteInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/programmatic/invitations/accept/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Without an admin token and with a `password` it makes the account of the email that was invited, and logs in: the mail has proven the email. Where that email has an account, its admin token is needed (401 `login_required` without, 403 `wrong_account` with somebody else’s), and no password.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/applications/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List applications */
        get: operations["listApplications"];
        put?: never;
        /**
         * Register an application with its API key
         * @description Makes the application and its primary API client. The answer is the only one that ever holds this `api_key`. The body may be left out: the name defaults to that of the organization and “App”. `expires_at` and `allowed_ips` are those of the primary client, for organizations whose credential policy asks for them.
         */
        post: operations["createApplication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/applications/{app}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an application */
        get: operations["getApplication"];
        put?: never;
        post?: never;
        /** Delete an application with its API clients */
        delete: operations["deleteApplication"];
        options?: never;
        head?: never;
        /** Change an application */
        patch: operations["updateApplication"];
        trace?: never;
    };
    "/auth/v2/organizations/{org}/applications/{app}/regenerate-api-key/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an application’s API key
         * @description The old key is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is the only one that ever holds the new `api_key`. The body may be left out. While the key before still works, 409 unless `force` ends it at once.
         */
        post: operations["regenerateApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API clients */
        get: operations["listApiClients"];
        put?: never;
        /**
         * Create an API client with its secret
         * @description The answer is the only one that ever holds this `client_secret`.
         */
        post: operations["createApiClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an API client */
        get: operations["getApiClient"];
        put?: never;
        post?: never;
        /**
         * Delete an API client with its secrets
         * @description A primary client goes only with its application (409).
         */
        delete: operations["deleteApiClient"];
        options?: never;
        head?: never;
        /**
         * Change an API client
         * @description Pausing it, or taking a permission or an address away, holds from the moment of the answer. On a primary client `status`, `permissions`, `allowed_ips` and `expires_at` are an admin’s.
         */
        patch: operations["updateApiClient"];
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/redirect-urls/check/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell whether an API client may use a redirect URL
         * @description Where it may not, names the nearest allowed URL and what differs.
         */
        post: operations["checkRedirectUrl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-keys/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description The API clients of the organization, those of its applications included, with the hints of their secrets.
         */
        get: operations["listApiKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/applications/{app}/api-keys/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the API keys of an application
         * @description Its API clients, the primary one included, with the hints of their secrets.
         */
        get: operations["listApplicationApiKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/import/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import API clients with the secrets they have
         * @description One `ApiClientImport` a line, each with its own `client_id` and a hash of its secret as another system kept it: machines go on with the secrets they have. At most 100000 lines of 256 KiB, 256 MiB in all. Answers one `ImportResult` a line, while the import is being read: who sends more than some thousand lines reads the answer meanwhile. What was answered is done; the last line is `ImportTotals`. Sending the same lines again is harmless: they are `already_imported`, so an `Idempotency-Key` is not taken. An organization has one import at a time, a user two: 503 `overloaded` for one more. Quota, credential policy and catalogue hold for each line. With `atomic=true` all or nothing: 422 `import_failed` names what is wrong, by the number of the line. See docs/moving-in.md.
         */
        post: operations["importApiClients"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/export/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export all API clients
         * @description One `ApiClientExport` a line, the oldest first: what an import takes, without the secrets. Hashes never leave: without the master key of this deployment nothing can be compared with them. Whoever loses access meanwhile is cut off. A user may have two at a time: 503 `overloaded` for one more.
         */
        get: operations["exportApiClients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/regenerate-secret/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an API client’s secret
         * @description The old secret is refused from the moment of the answer, or at the end of `overlap_seconds`. The answer is the only one that ever holds the new `client_secret`. The body may be left out. At most two secrets work at a time: while the one before the active one still does, 409 unless `force` ends it at once. On a primary client this is an admin’s.
         */
        post: operations["regenerateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an API client’s secrets
         * @description Those that work, at most two, and those that ended within the last 90 days.
         */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/{secret}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke one of two secrets of an API client
         * @description Ends the retiring one before its time. Or the active one, which cancels the rotation: the retiring one is active again, without the end that the rotation gave it. The last one that works stays (409). `If-Match` takes the `ETag` of the API client. On a primary client this is an admin’s.
         */
        delete: operations["revokeSecret"];
        options?: never;
        head?: never;
        /**
         * Change the end of a secret
         * @description The secret is refused from `expires_at` on. `If-Match` takes the `ETag` of the API client, whose new one is in the answer. On a primary client this is an admin’s.
         */
        patch: operations["updateSecret"];
        trace?: never;
    };
    "/auth/v2/organizations/{org}/credential-policy/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the credential policy */
        get: operations["getCredentialPolicy"];
        /**
         * Replace the credential policy
         * @description What is left out demands nothing. From the answer on, a change of a credential that breaks the policy is refused with 422 `policy_violation`. What breaks it already goes on, and stands in `violations/`. A second factor is demanded by who has one: from then on members without one get 403 `second_factor_required` here. Needs a password that was given within 15 minutes.
         */
        put: operations["updateCredentialPolicy"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/credential-policy/violations/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what breaks the credential policy
         * @description API clients that were there before the policy, and go on; what has ended breaks nothing. And members without the second factor that it demands.
         */
        get: operations["listPolicyViolations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/audit-events/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what was done in an organization
         * @description Newest first. With `Accept: application/x-ndjson` all that match are sent at once, oldest first, one JSON document a line, whatever the `limit`. Those lines can be verified: see docs/audit-trail.md.
         */
        get: operations["listAuditEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/audit-events/head/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read where the audit trail ends, signed
         * @description Whoever keeps it elsewhere can prove that events were cut off or changed later.
         */
        get: operations["getAuditHead"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/account/security-events/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what happened to my account
         * @description Logins, failed ones too, and what became of sessions and password; newest first. With `Accept: application/x-ndjson` all that match are sent at once, oldest first, one JSON document a line, whatever the `limit`.
         */
        get: operations["listSecurityEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/api-clients/{client_id}/usage/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how often an API client was checked, day by day
         * @description Checks on every route that takes the client’s credentials. Refused is what a known client was refused: a credential that belongs to nobody is counted nowhere.
         */
        get: operations["getApiClientUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/applications/{app}/usage/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how often the API clients of an application were checked, day by day
         * @description Checks on every route that takes the client’s credentials. Refused is what a known client was refused: a credential that belongs to nobody is counted nowhere. With those that were deleted since.
         */
        get: operations["getApplicationUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/organizations/{org}/usage/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how often the API clients of an organization were checked, day by day
         * @description Checks on every route that takes the client’s credentials. Refused is what a known client was refused: a credential that belongs to nobody is counted nowhere. With those that were deleted since.
         */
        get: operations["getOrganizationUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/permissions/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the permission catalogue */
        get: operations["listPermissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/verify/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whose secret a request carries
         * @description For gateways: 200 with the API client, in the body and as `x-client-id`, `x-organization-id`, `x-application-id`, `x-environment` and `x-permissions` headers. Reads the current state on every call: a secret is refused from the moment its revocation was answered. `allowed_ips` are compared with the address that the request comes from, or that a trusted gateway passes on in `X-Forwarded-For`.
         */
        get: operations["verifyCredential"];
        put?: never;
        /**
         * Tell whose secret a request carries, and whether it may use a redirect URL
         * @description As the GET, with the questions in the body. The body may be left out.
         */
        post: operations["verifyCredentialWith"];
        delete?: never;
        options?: never;
        /**
         * Tell a gateway whose secret a request carries
         * @description The GET without a body: the API client is in the headers, and `x-refusal` says why a 403 is one.
         */
        head: operations["verifyCredentialHead"];
        patch?: never;
        trace?: never;
    };
    "/auth/v2/token/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get an access token for an API client
         * @description The client credentials grant. The client authenticates with Basic, or with `client_id` and `client_secret` in the form, never both.
         */
        post: operations["issueToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/introspect/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell what an access token or a secret is good for
         * @description For the API client that asks, everything of its own organization; for a resource server of the platform, everything, and for one that is named for it also admin tokens. A secret only with `token_type_hint=client_secret`: a gateway that takes any active token as Bearer must not take one. Reads the current state on every call. The `allowed_ips` of both clients are compared with the address that the request comes from, or that a trusted gateway passes on. Takes a form or JSON.
         */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v2/revoke/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke an access token
         * @description One of the caller’s own; it is refused from the moment of the answer. An unknown one is a 200 too.
         */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the public keys */
        get: operations["getJwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/oauth-authorization-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the OAuth server metadata */
        get: operations["getServerMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/openid-configuration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the OAuth server metadata where OpenID Connect has it */
        get: operations["getOpenidConfiguration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether the process is alive */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell whether the service can take requests
         * @description Answers 503 while the database is away, takes no writes or does not answer checks, while the clock of the machine is more than 30 seconds from the database’s, and while the service is stopping.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the figures of this process for Prometheus
         * @description Not here where the deployment gives them a port of their own.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @example {
         *       "email": "ada@acme.example"
         *     }
         */
        EmailRequest: {
            /** Format: email */
            email: string;
        };
        /**
         * @description The organization with its first application, and the tokens of a session, as `login/` gives them; the service’s own page gets a cookie in their place.
         * @example {
         *       "access_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6…",
         *       "refresh_token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0",
         *       "token_type": "Bearer",
         *       "expires_in": 86400,
         *       "organization": {
         *         "uuid": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *         "name": "Acme"
         *       },
         *       "application": {
         *         "uuid": "019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02",
         *         "name": "Acme App",
         *         "client_id": "u1Zr0wT8mJ3kQ5xYb7Nc2A",
         *         "api_key": "lk_live_2tRm…h7Qx"
         *       }
         *     }
         */
        FirstAccess: {
            /** @description An admin token: RS256 JWT for the management routes. */
            access_token?: string;
            /** @description Good for one refresh. */
            refresh_token?: string;
            /** @enum {string} */
            token_type?: "Bearer";
            /** @description Seconds the access token lives. */
            expires_in?: number;
            organization: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                name: string;
            };
            application: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                name: string;
                /** @description 16 random bytes, base64url; an imported API client has kept its own. */
                client_id: string;
                /** @description Shown this once. */
                api_key: string;
            };
        };
        /**
         * @description The tokens of a session; of a user with a second factor, what asks for it.
         * @example {
         *       "access_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6…",
         *       "refresh_token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0",
         *       "token_type": "Bearer",
         *       "expires_in": 86400
         *     }
         */
        LoginAnswer: components["schemas"]["TokenPair"] | components["schemas"]["SecondFactorAsked"];
        /**
         * @example {
         *       "email": "ada@acme.example",
         *       "password": "Correct-Horse-7"
         *     }
         */
        LoginRequest: {
            /** Format: email */
            email: string;
            password: string;
        };
        /**
         * @description Done, as far as can be told.
         * @example {
         *       "message": "If this address has an account, a code was sent."
         *     }
         */
        Message: {
            message: string;
        };
        /**
         * @example {
         *       "refresh_token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0"
         *     }
         */
        RefreshRequest: {
            refresh_token: string;
        };
        /**
         * @example {
         *       "email": "ada@acme.example",
         *       "password": "Correct-Horse-7"
         *     }
         */
        RegisterRequest: {
            /** Format: email */
            email: string;
            /**
             * Format: password
             * @description 8 to 256 characters with an upper-case and a lower-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?. None of the 10,000 most common passwords, whatever digits or signs follow it, and without the part of the email before the @, where that has 4 characters or more.
             */
            password: string;
        };
        /**
         * @description A code was mailed. The same whether or not the email has an account.
         * @example {
         *       "message": "A code was sent to this address.",
         *       "email": "ada@acme.example"
         *     }
         */
        Registration: {
            message: string;
            /** Format: email */
            email: string;
        };
        /**
         * @example {
         *       "email": "ada@acme.example",
         *       "code": "K7Q2ZD",
         *       "password": "Battery-Staple-8"
         *     }
         */
        ResetPasswordRequest: {
            /** Format: email */
            email: string;
            /** @description 6 upper-case letters or digits. */
            code: string;
            /**
             * Format: password
             * @description 8 to 256 characters with an upper-case and a lower-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?. None of the 10,000 most common passwords, whatever digits or signs follow it, and without the part of the email before the @, where that has 4 characters or more.
             */
            password: string;
        };
        /**
         * @description The password is right; the login waits for the second factor.
         * @example {
         *       "2fa_required": true,
         *       "temp_token": "pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy",
         *       "expires_in": 300,
         *       "has_authenticator": true,
         *       "has_passkeys": false
         *     }
         */
        SecondFactorAsked: {
            /** @enum {boolean} */
            "2fa_required": true;
            /** @description For the routes under `2fa/`, and nothing else. */
            temp_token: string;
            /** @description Seconds the `temp_token` lives. */
            expires_in: number;
            /** @description Whether `2fa/verify/` takes codes of an authenticator app. */
            has_authenticator: boolean;
            /** @description Whether the login can be finished with a passkey. */
            has_passkeys: boolean;
        };
        /**
         * @description The tokens of a session.
         * @example {
         *       "access_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6…",
         *       "refresh_token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0",
         *       "token_type": "Bearer",
         *       "expires_in": 86400
         *     }
         */
        TokenPair: {
            /** @description An admin token: RS256 JWT for the management routes. */
            access_token: string;
            /** @description Good for one refresh. */
            refresh_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            /** @description Seconds the access token lives. */
            expires_in: number;
        };
        /**
         * @example {
         *       "email": "ada@acme.example",
         *       "code": "K7Q2ZD"
         *     }
         */
        VerifyEmailRequest: {
            /** Format: email */
            email: string;
            /** @description 6 upper-case letters or digits. */
            code: string;
        };
        /**
         * @description The account of the caller.
         * @example {
         *       "uuid": "019a3c5e-6b10-7a01-8c11-2f3e4d5c6b70",
         *       "email": "ada@acme.example",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "has_authenticator": true,
         *       "has_passkeys": false
         *     }
         */
        Account: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** Format: email */
            email: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /** @description Whether an authenticator app is set up. */
            has_authenticator: boolean;
            has_passkeys: boolean;
        };
        /**
         * @example {
         *       "current_password": "Correct-Horse-7",
         *       "password": "Battery-Staple-8"
         *     }
         */
        PasswordChange: {
            current_password: string;
            /**
             * Format: password
             * @description 8 to 256 characters with an upper-case and a lower-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?. None of the 10,000 most common passwords, whatever digits or signs follow it, and without the part of the email before the @, where that has 4 characters or more.
             */
            password: string;
        };
        /**
         * @example {
         *       "password": "Correct-Horse-7"
         *     }
         */
        Reauthentication: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password: string;
        };
        /** @description One page of sessions. */
        SessionPage: {
            results: components["schemas"]["Session"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description A login that has not ended.
         * @example {
         *       "uuid": "019a3c5e-9d20-7b11-9d22-3a4b5c6d7e80",
         *       "kind": "tokens",
         *       "current": true,
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "password_given_at": "2026-01-31T12:00:00.000Z",
         *       "last_seen_at": "2026-02-01T08:30:00.000Z",
         *       "last_seen_ip": "192.0.2.0/24",
         *       "user_agent": "curl/8.5.0",
         *       "expires_at": "2026-03-03T08:30:00.000Z"
         *     }
         */
        Session: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /**
             * @description `tokens` of a login through the API, or of the `console`.
             * @enum {string}
             */
            kind: "tokens" | "console";
            /** @description Whether this request is of that session. */
            current: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description At the login, or when the password was last asked for again.
             */
            password_given_at: string;
            /**
             * Format: date-time
             * @description About: written every few seconds.
             */
            last_seen_at: string;
            /** @description The network it was last used from: /24 (IPv4) or /48 (IPv6). */
            last_seen_ip: string | null;
            /** @description What logged in, by its own words. */
            user_agent: string | null;
            /**
             * Format: date-time
             * @description Without further use.
             */
            expires_at: string;
        };
        /**
         * @example {
         *       "password": "Correct-Horse-7"
         *     }
         */
        SessionsEnd: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @description Ten codes for whoever loses the second factor. Those from before do not work any more.
         * @example {
         *       "recovery_codes": [
         *         "7Q2Z-D4KX-09HV-MJ3T",
         *         "B8NW-1RYG-5E6C-XP2A"
         *       ]
         *     }
         */
        RecoveryCodes: {
            /** @description Each opens the account once in the place of the second factor. Shown this once. */
            recovery_codes: string[];
        };
        /**
         * @example {
         *       "code": "287082"
         *     }
         */
        RecoveryCodesRenewal: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
            /** @description The six digits of the authenticator app, or a recovery code. Each is good once. */
            code?: string;
        };
        /**
         * @example {
         *       "password": "Correct-Horse-7"
         *     }
         */
        SecondFactorChange: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @example {
         *       "temp_token": "pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy",
         *       "otp_token": "287082"
         *     }
         */
        SecondFactorProof: {
            /** @description From `login/`. */
            temp_token: string;
            /** @description The six digits of the authenticator app, or a recovery code. Each is good once. */
            otp_token: string;
        };
        /**
         * @example {
         *       "code": "287082"
         *     }
         */
        TotpConfirmation: {
            /** @description Six digits, as the app shows them. */
            code: string;
        };
        /**
         * @example {
         *       "password": "Correct-Horse-7",
         *       "code": "287082"
         *     }
         */
        TotpRemoval: {
            password: string;
            /** @description The six digits of the authenticator app, or a recovery code. Each is good once. */
            code: string;
        };
        /**
         * @description What an authenticator app is set up with. It counts once a code of it was confirmed, within an hour.
         * @example {
         *       "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
         *       "otpauth_url": "otpauth://totp/accounts.acme.example:ada%40acme.example?issuer=accounts.acme.example&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30"
         *     }
         */
        TotpSetup: {
            /** @description Base32, for apps that cannot read the QR code. Shown this once. */
            secret: string;
            /** @description For a QR code that the authenticator app reads. */
            otpauth_url: string;
        };
        /** @description What `navigator.credentials.get()` gave: its `toJSON()` (WebAuthn Level 3, AuthenticationResponseJSON). */
        PasskeyAssertion: {
            id: string;
            rawId: string;
            /** @enum {string} */
            type: "public-key";
            response: components["schemas"]["PasskeyAssertionResponse"];
        } & {
            [key: string]: unknown;
        };
        PasskeyAssertionResponse: {
            clientDataJSON: string;
            authenticatorData: string;
            signature: string;
            userHandle?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** @description What `navigator.credentials.create()` gave: its `toJSON()` (WebAuthn Level 3, RegistrationResponseJSON). */
        PasskeyAttestation: {
            id: string;
            rawId: string;
            /** @enum {string} */
            type: "public-key";
            response: components["schemas"]["PasskeyAttestationResponse"];
        } & {
            [key: string]: unknown;
        };
        PasskeyAttestationResponse: {
            clientDataJSON: string;
            attestationObject: string;
            transports?: string[];
        } & {
            [key: string]: unknown;
        };
        /**
         * @example {
         *       "name": "Laptop",
         *       "credential": {
         *         "id": "q83vEjRWeJCrze8SNFZ4kA",
         *         "rawId": "q83vEjRWeJCrze8SNFZ4kA",
         *         "type": "public-key",
         *         "response": {
         *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
         *           "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVik",
         *           "transports": [
         *             "internal"
         *           ]
         *         }
         *       }
         *     }
         */
        PasskeyCreate: {
            /** @description One line, not blank. */
            name: string;
            credential: components["schemas"]["PasskeyAttestation"];
        };
        /**
         * @description The new passkey.
         * @example {
         *       "uuid": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *       "name": "Laptop",
         *       "created_at": "2026-11-25T20:14:07.512Z",
         *       "last_used_at": null,
         *       "recovery_codes": [
         *         "7Q2Z-D4KX-09HV-MJ3T",
         *         "B8NW-1RYG-5E6C-XP2A"
         *       ]
         *     }
         */
        PasskeyCreated: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** @description One line, not blank. */
            name: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC; null for one that was never used.
             */
            last_used_at: string | null;
            /** @description With the first second factor ten codes for whoever loses it, shown this once; else null. */
            recovery_codes: string[] | null;
        };
        /**
         * @description For `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()` (WebAuthn Level 3).
         * @example {
         *       "rp": {
         *         "id": "accounts.acme.example",
         *         "name": "accounts.acme.example"
         *       },
         *       "user": {
         *         "id": "AZo8XnUSe1KcDj9qHStMAQ",
         *         "name": "ada@acme.example",
         *         "displayName": "ada@acme.example"
         *       },
         *       "challenge": "V8b3K0mT5xYq2wLr7Zc9DgH4nJfPsAeUtR6iOyCvBkE",
         *       "pubKeyCredParams": [
         *         {
         *           "type": "public-key",
         *           "alg": -7
         *         }
         *       ],
         *       "timeout": 300000,
         *       "excludeCredentials": [],
         *       "authenticatorSelection": {
         *         "residentKey": "preferred",
         *         "requireResidentKey": false,
         *         "userVerification": "required"
         *       },
         *       "attestation": "none"
         *     }
         */
        PasskeyCreationOptions: {
            rp: {
                id: string;
                name: string;
            };
            user: {
                id: string;
                name: string;
                displayName: string;
            };
            challenge: string;
            pubKeyCredParams: {
                /** @enum {string} */
                type: "public-key";
                alg: number;
            }[];
            /** @description Milliseconds. */
            timeout: number;
            excludeCredentials: {
                id: string;
                /** @enum {string} */
                type: "public-key";
                transports: string[];
            }[];
            authenticatorSelection: {
                /** @enum {string} */
                residentKey: "preferred";
                requireResidentKey: boolean;
                /** @enum {string} */
                userVerification: "required";
            };
            /** @enum {string} */
            attestation: "none";
        };
        /**
         * @example {
         *       "temp_token": "pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy"
         *     }
         */
        PasskeyLoginOptionsRequest: {
            /** @description From `login/`. */
            temp_token: string;
        };
        /** @description One’s passkeys: newest first, unless asked otherwise. */
        PasskeyPage: {
            results: components["schemas"]["Passkey"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "temp_token": "pR7wN2bXkq4T0mVd9sYcJf6HgL1zAe8uQx3Ci5oKtWy",
         *       "credential": {
         *         "id": "q83vEjRWeJCrze8SNFZ4kA",
         *         "rawId": "q83vEjRWeJCrze8SNFZ4kA",
         *         "type": "public-key",
         *         "response": {
         *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
         *           "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
         *           "signature": "MEUCIQDx",
         *           "userHandle": "AZo8XnUSe1KcDj9qHStMAQ"
         *         }
         *       }
         *     }
         */
        PasskeyProof: {
            /** @description From `login/`. */
            temp_token: string;
            credential: components["schemas"]["PasskeyAssertion"];
        };
        /**
         * @description A passkey of one’s own.
         * @example {
         *       "uuid": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *       "name": "Laptop",
         *       "created_at": "2026-11-25T20:14:07.512Z",
         *       "last_used_at": null
         *     }
         */
        Passkey: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** @description One line, not blank. */
            name: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC; null for one that was never used.
             */
            last_used_at: string | null;
        };
        /**
         * @description For `PublicKeyCredential.parseRequestOptionsFromJSON()` and `navigator.credentials.get()` (WebAuthn Level 3).
         * @example {
         *       "challenge": "V8b3K0mT5xYq2wLr7Zc9DgH4nJfPsAeUtR6iOyCvBkE",
         *       "timeout": 300000,
         *       "rpId": "accounts.acme.example",
         *       "allowCredentials": [
         *         {
         *           "id": "q83vEjRWeJCrze8SNFZ4kA",
         *           "type": "public-key",
         *           "transports": [
         *             "internal"
         *           ]
         *         }
         *       ],
         *       "userVerification": "required"
         *     }
         */
        PasskeyRequestOptions: {
            challenge: string;
            /** @description Milliseconds. */
            timeout: number;
            rpId: string;
            allowCredentials: {
                id: string;
                /** @enum {string} */
                type: "public-key";
                transports: string[];
            }[];
            /** @enum {string} */
            userVerification: "required";
        };
        /** @description Who is logged in, or what else it takes. */
        ConsoleLoginAnswer: components["schemas"]["ConsoleSession"] | components["schemas"]["SecondFactorAsked"];
        /**
         * @description Who is logged in to the console.
         * @example {
         *       "user": {
         *         "uuid": "019a3c5e-6b10-7a01-8c11-2f3e4d5c6b70",
         *         "email": "ada@acme.example"
         *       },
         *       "organizations": [
         *         {
         *           "uuid": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *           "name": "Acme",
         *           "role": "owner"
         *         }
         *       ],
         *       "expires_at": "2026-02-01T20:30:00.000Z"
         *     }
         */
        ConsoleSession: {
            /** @description Null where nobody is logged in. */
            user: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                /** Format: email */
                email: string;
            } | null;
            /** @description Those of the user, oldest first; the first 1,000 of them. */
            organizations: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                /** @description One line, not blank. */
                name: string;
                /** @enum {string} */
                role: "owner" | "admin" | "developer" | "reader";
            }[];
            /**
             * Format: date-time
             * @description Without further use.
             */
            expires_at: string | null;
        };
        /** @description The tokens of a session; for the service’s own page who is logged in, beside a cookie. */
        FinishedLogin: components["schemas"]["TokenPair"] | components["schemas"]["ConsoleSession"];
        /**
         * @example {
         *       "name": "Acme",
         *       "contact_email": "platform@acme.example"
         *     }
         */
        OrganizationCreate: {
            /** @description One line, not blank. */
            name: string;
            /** Format: email */
            contact_email?: string;
        };
        /**
         * @example {
         *       "confirm": "Acme"
         *     }
         */
        OrganizationDelete: {
            /** @description The organization’s name, to show that this one is meant. */
            confirm?: string;
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @description An organization, and what the caller is in it.
         * @example {
         *       "uuid": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *       "name": "Acme",
         *       "contact_email": "platform@acme.example",
         *       "role": "owner",
         *       "created_at": "2026-01-31T12:00:00.000Z"
         *     }
         */
        Organization: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** @description One line, not blank. */
            name: string;
            /** Format: email */
            contact_email: string;
            /**
             * @description The caller’s own role.
             * @enum {string}
             */
            role: "owner" | "admin" | "developer" | "reader";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
        };
        /**
         * @example {
         *       "name": "Acme Corporation"
         *     }
         */
        OrganizationUpdate: {
            /** @description One line, not blank. */
            name?: string;
            /** Format: email */
            contact_email?: string;
            /** @description Never changes: refused with 422. */
            readonly uuid?: never;
            /** @description Never changes: refused with 422. */
            readonly role?: never;
            /** @description Never changes: refused with 422. */
            readonly created_at?: never;
        };
        /** @example {} */
        MemberDelete: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /** @description Members of one organization, those who joined last first. */
        MemberPage: {
            results: components["schemas"]["Member"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description A person’s place in an organization.
         * @example {
         *       "uuid": "019a3c5e-9b31-7d0a-a1c4-0f2e3d4c5b6a",
         *       "email": "grace@acme.example",
         *       "role": "developer",
         *       "has_second_factor": false,
         *       "joined_at": "2026-01-31T12:00:00.000Z",
         *       "last_seen_at": null
         *     }
         */
        Member: {
            /**
             * Format: uuid
             * @description Of the membership; the same person has another one in another organization.
             */
            uuid: string;
            /** Format: email */
            email: string;
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "reader";
            has_second_factor: boolean;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            joined_at: string;
            /**
             * Format: date-time
             * @description When the person last used this service; may lag a little.
             */
            last_seen_at: string | null;
        };
        /**
         * @example {
         *       "role": "developer"
         *     }
         */
        MemberUpdate: {
            /**
             * @description A role, by its name or by its `uuid` as `roles/` lists it.
             * @enum {string}
             */
            role?: "owner" | "01900000-0000-7000-8000-000000000001" | "admin" | "01900000-0000-7000-8000-000000000002" | "developer" | "01900000-0000-7000-8000-000000000003" | "reader" | "01900000-0000-7000-8000-000000000004";
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
            /** @description Never changes: refused with 422. */
            readonly uuid?: never;
            /** @description Never changes: refused with 422. */
            readonly email?: never;
            /** @description Never changes: refused with 422. */
            readonly has_second_factor?: never;
            /** @description Never changes: refused with 422. */
            readonly joined_at?: never;
            /** @description Never changes: refused with 422. */
            readonly last_seen_at?: never;
        };
        /**
         * @description The roles, the most powerful first. They are the same in every organization.
         * @example {
         *       "results": [
         *         {
         *           "uuid": "01900000-0000-7000-8000-000000000004",
         *           "name": "reader",
         *           "description": "Reads everything but the audit trail and invitations, and changes nothing.",
         *           "permissions": [
         *             "organization.read",
         *             "applications.read"
         *           ]
         *         }
         *       ]
         *     }
         */
        RoleList: {
            results: {
                /**
                 * Format: uuid
                 * @description The same in every deployment, for ever.
                 */
                uuid: string;
                /** @enum {string} */
                name: "owner" | "admin" | "developer" | "reader";
                description: string;
                /** @description What members of this role may do. */
                permissions: string[];
            }[];
        };
        /**
         * @example {
         *       "token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0",
         *       "password": "Correct-Horse-7"
         *     }
         */
        InvitationAccept: {
            /** @description From the mail: what stands behind the # of its link. */
            token: string;
            /**
             * Format: password
             * @description 8 to 256 characters with an upper-case and a lower-case letter, a digit and one of !@#$%^&*()_+-=[]{}|;:,.<>?. None of the 10,000 most common passwords, whatever digits or signs follow it, and without the part of the email before the @, where that has 4 characters or more.
             */
            password?: string;
        };
        /**
         * @description The organization, and the caller’s role in it. With the tokens of a session, as `login/` gives them, where the account was made with this; the service’s own page gets a cookie in their place. Who was logged in goes on as before.
         * @example {
         *       "access_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6…",
         *       "refresh_token": "mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0",
         *       "token_type": "Bearer",
         *       "expires_in": 86400,
         *       "organization": {
         *         "uuid": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *         "name": "Acme"
         *       },
         *       "role": "developer"
         *     }
         */
        InvitationAccepted: {
            /** @description An admin token: RS256 JWT for the management routes. */
            access_token?: string;
            /** @description Good for one refresh. */
            refresh_token?: string;
            /** @enum {string} */
            token_type?: "Bearer";
            /** @description Seconds the access token lives. */
            expires_in?: number;
            organization: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                name: string;
            };
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "reader";
        };
        /** @description Invitations of one organization that are still open, newest first. */
        InvitationPage: {
            results: components["schemas"]["Invitation"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description An email that was asked to become a member.
         * @example {
         *       "uuid": "019a3c5e-a2b4-7c11-8d3e-4f5a6b7c8d9e",
         *       "email": "grace@acme.example",
         *       "role": "developer",
         *       "invited_by": "ada@acme.example",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "sent_at": "2026-01-31T12:00:00.000Z",
         *       "expires_at": "2026-02-07T12:00:00.000Z"
         *     }
         */
        Invitation: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** Format: email */
            email: string;
            /** @enum {string} */
            role: "owner" | "admin" | "developer" | "reader";
            /** @description The email of who invited; null once that user is gone. */
            invited_by: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it was last sent.
             */
            sent_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string;
        };
        /** @example {} */
        InvitationResend: {
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @description What became of each address, in lower case. It tells nothing of accounts: who has one is invited too.
         * @example {
         *       "results": [
         *         {
         *           "email": "grace@acme.example",
         *           "result": "invited",
         *           "invitation": "019a3c5e-a2b4-7c11-8d3e-4f5a6b7c8d9e"
         *         }
         *       ]
         *     }
         */
        InviteResults: {
            results: {
                /** Format: email */
                email: string;
                /** @enum {string} */
                result: "invited" | "already_member" | "already_invited";
                /**
                 * Format: uuid
                 * @description The `uuid` of the open invitation; null for a member.
                 */
                invitation: string | null;
            }[];
        };
        /**
         * @example {
         *       "email": "edsger@acme.example",
         *       "role": "reader"
         *     }
         */
        MemberInvite: {
            /** Format: email */
            email: string;
            /**
             * @description A role, by its name or by its `uuid` as `roles/` lists it. `reader` where it is left out.
             * @enum {string}
             */
            role?: "owner" | "01900000-0000-7000-8000-000000000001" | "admin" | "01900000-0000-7000-8000-000000000002" | "developer" | "01900000-0000-7000-8000-000000000003" | "reader" | "01900000-0000-7000-8000-000000000004";
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @example {
         *       "emails": [
         *         "grace@acme.example"
         *       ],
         *       "role": "developer"
         *     }
         */
        MembersInvite: {
            emails: string[];
            /**
             * @description A role, by its name or by its `uuid` as `roles/` lists it.
             * @enum {string}
             */
            role: "owner" | "01900000-0000-7000-8000-000000000001" | "admin" | "01900000-0000-7000-8000-000000000002" | "developer" | "01900000-0000-7000-8000-000000000003" | "reader" | "01900000-0000-7000-8000-000000000004";
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @example {
         *       "name": "Acme Customer App",
         *       "website_url": "https://acme.example",
         *       "redirect_uris": [
         *         "https://acme.example/callback"
         *       ],
         *       "terms_url": "https://acme.example/terms",
         *       "privacy_url": "https://acme.example/privacy",
         *       "description": "Customer onboarding for the web and both mobile apps"
         *     }
         */
        ApplicationCreate: {
            /** @description One line, not blank. */
            name?: string;
            /** Format: uri */
            website_url?: string | null;
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            redirect_uris?: string[];
            /** Format: uri */
            terms_url?: string | null;
            /** Format: uri */
            privacy_url?: string | null;
            description?: string | null;
            /**
             * Format: date-time
             * @description RFC 3339: when the primary client ends.
             */
            expires_at?: string | null;
            /** @description Of the primary client, as on an API client. */
            allowed_ips?: string[] | null;
        };
        /** @description Newest first, unless asked otherwise. */
        ApplicationPage: {
            results: components["schemas"]["Application"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description An application.
         * @example {
         *       "uuid": "019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02",
         *       "name": "Acme Customer App",
         *       "client_id": "u1Zr0wT8mJ3kQ5xYb7Nc2A",
         *       "website_url": "https://acme.example",
         *       "redirect_uris": [
         *         "https://acme.example/callback"
         *       ],
         *       "terms_url": "https://acme.example/terms",
         *       "privacy_url": "https://acme.example/privacy",
         *       "description": "Customer onboarding for the web and both mobile apps",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "updated_at": "2026-01-31T12:00:00.000Z",
         *       "api_key_hint": "h7Qx"
         *     }
         */
        Application: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** @description One line, not blank. */
            name: string;
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            /** Format: uri */
            website_url: string | null;
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            redirect_uris: string[];
            /** Format: uri */
            terms_url: string | null;
            /** Format: uri */
            privacy_url: string | null;
            description: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            updated_at: string;
            api_key_hint: string | null;
        };
        /**
         * @example {
         *       "redirect_uris": [
         *         "https://acme.example/callback",
         *         "acmeapp://onboarding/done"
         *       ]
         *     }
         */
        ApplicationUpdate: {
            /** @description One line, not blank. */
            name?: string;
            /** Format: uri */
            website_url?: string | null;
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            redirect_uris?: string[];
            /** Format: uri */
            terms_url?: string | null;
            /** Format: uri */
            privacy_url?: string | null;
            description?: string | null;
            /** @description Never changes: refused with 422. */
            readonly uuid?: never;
            /** @description Never changes: refused with 422. */
            readonly client_id?: never;
            /** @description Never changes: refused with 422. */
            readonly api_key?: never;
            /** @description Never changes: refused with 422. */
            readonly api_key_hint?: never;
            /** @description Never changes: refused with 422. */
            readonly created_at?: never;
            /** @description Never changes: refused with 422. */
            readonly updated_at?: never;
        };
        /**
         * @description An application with its new API key.
         * @example {
         *       "uuid": "019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02",
         *       "name": "Acme Customer App",
         *       "client_id": "u1Zr0wT8mJ3kQ5xYb7Nc2A",
         *       "website_url": "https://acme.example",
         *       "redirect_uris": [
         *         "https://acme.example/callback"
         *       ],
         *       "terms_url": "https://acme.example/terms",
         *       "privacy_url": "https://acme.example/privacy",
         *       "description": "Customer onboarding for the web and both mobile apps",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "updated_at": "2026-01-31T12:00:00.000Z",
         *       "api_key_hint": "h7Qx",
         *       "api_key": "lk_live_2tRm…h7Qx"
         *     }
         */
        ApplicationWithApiKey: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /** @description One line, not blank. */
            name: string;
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            /** Format: uri */
            website_url: string | null;
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            redirect_uris: string[];
            /** Format: uri */
            terms_url: string | null;
            /** Format: uri */
            privacy_url: string | null;
            description: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            updated_at: string;
            api_key_hint: string | null;
            /** @description Shown this once. */
            api_key: string;
        };
        /**
         * @example {
         *       "name": "Onboarding backend (staging)",
         *       "environment": "staging",
         *       "permissions": [
         *         "api.read",
         *         "flows.execute"
         *       ],
         *       "allowed_redirect_urls": [
         *         "https://staging.acme.example/callback",
         *         "http://localhost:5173/callback"
         *       ]
         *     }
         */
        ApiClientCreate: {
            /** @description One line, not blank. */
            name: string;
            /**
             * @description Never changes.
             * @enum {string}
             */
            environment: "live" | "staging";
            /** @description Names from `GET /auth/v2/permissions/`. */
            permissions: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls?: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips?: string[] | null;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id?: string | null;
            description?: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, in the future. The client’s secrets are refused from then on.
             */
            expires_at?: string | null;
        };
        /** @description Newest first, unless asked otherwise. */
        ApiClientPage: {
            results: components["schemas"]["ApiClient"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description An API client.
         * @example {
         *       "client_id": "Vb3nR8yKq0sL5tXw1Zc9Dg",
         *       "name": "Onboarding backend (staging)",
         *       "description": null,
         *       "environment": "staging",
         *       "permissions": [
         *         "api.read",
         *         "flows.execute"
         *       ],
         *       "allowed_redirect_urls": [
         *         "https://staging.acme.example/callback",
         *         "http://localhost:5173/callback"
         *       ],
         *       "allowed_ips": [
         *         "192.0.2.0/24",
         *         "2001:db8::7"
         *       ],
         *       "status": "active",
         *       "application_id": null,
         *       "expires_at": null,
         *       "client_secret_hint": "m4Tz",
         *       "last_used_at": "2026-02-01T08:30:00.000Z",
         *       "created_by": "ada@acme.example",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "updated_at": "2026-01-31T12:00:00.000Z"
         *     }
         */
        ApiClient: {
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            /** @description One line, not blank. */
            name: string;
            description: string | null;
            /**
             * @description Never changes.
             * @enum {string}
             */
            environment: "live" | "staging";
            /** @description Names from `GET /auth/v2/permissions/`. */
            permissions: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips: string[];
            /**
             * @description A paused client’s secrets are refused until it is active again.
             * @enum {string}
             */
            status: "active" | "paused";
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string | null;
            client_secret_hint: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            last_used_at: string | null;
            /** @description The email of the user; null for what a command made, or a user who is gone. */
            created_by: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            updated_at: string;
        };
        /**
         * @example {
         *       "permissions": [
         *         "api.read"
         *       ],
         *       "status": "paused"
         *     }
         */
        ApiClientUpdate: {
            /** @description One line, not blank. */
            name?: string;
            description?: string | null;
            /** @description Names from `GET /auth/v2/permissions/`. One that is there no more may stay where the client already holds it. */
            permissions?: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls?: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips?: string[] | null;
            /**
             * Format: date-time
             * @description RFC 3339, in the future. The client’s secrets are refused from then on.
             */
            expires_at?: string | null;
            /**
             * @description A paused client’s secrets are refused until it is active again.
             * @enum {string}
             */
            status?: "active" | "paused";
            /** @description Never changes: refused with 422. */
            readonly client_id?: never;
            /** @description Never changes: refused with 422. */
            readonly environment?: never;
            /** @description Never changes: refused with 422. */
            readonly application_id?: never;
            /** @description Never changes: refused with 422. */
            readonly client_secret?: never;
            /** @description Never changes: refused with 422. */
            readonly client_secret_hint?: never;
            /** @description Never changes: refused with 422. */
            readonly last_used_at?: never;
            /** @description Never changes: refused with 422. */
            readonly created_by?: never;
            /** @description Never changes: refused with 422. */
            readonly created_at?: never;
            /** @description Never changes: refused with 422. */
            readonly updated_at?: never;
        };
        /**
         * @description An API client with its new secret.
         * @example {
         *       "client_id": "Vb3nR8yKq0sL5tXw1Zc9Dg",
         *       "name": "Onboarding backend (staging)",
         *       "description": null,
         *       "environment": "staging",
         *       "permissions": [
         *         "api.read",
         *         "flows.execute"
         *       ],
         *       "allowed_redirect_urls": [
         *         "https://staging.acme.example/callback",
         *         "http://localhost:5173/callback"
         *       ],
         *       "allowed_ips": [
         *         "192.0.2.0/24",
         *         "2001:db8::7"
         *       ],
         *       "status": "active",
         *       "application_id": null,
         *       "expires_at": null,
         *       "client_secret_hint": "m4Tz",
         *       "last_used_at": null,
         *       "created_by": "ada@acme.example",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "updated_at": "2026-01-31T12:00:00.000Z",
         *       "client_secret": "lk_staging_9cVd…m4Tz"
         *     }
         */
        ApiClientWithSecret: {
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            /** @description One line, not blank. */
            name: string;
            description: string | null;
            /**
             * @description Never changes.
             * @enum {string}
             */
            environment: "live" | "staging";
            /** @description Names from `GET /auth/v2/permissions/`. */
            permissions: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips: string[];
            /**
             * @description A paused client’s secrets are refused until it is active again.
             * @enum {string}
             */
            status: "active" | "paused";
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string | null;
            client_secret_hint: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            last_used_at: string | null;
            /** @description The email of the user; null for what a command made, or a user who is gone. */
            created_by: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            updated_at: string;
            /** @description Shown this once. */
            client_secret: string;
        };
        /**
         * @example {
         *       "redirect_url": "https://staging.acme.example/callback/"
         *     }
         */
        RedirectUrlCheck: {
            redirect_url: string;
        };
        /**
         * @description Whether the URL is allowed, and if not, why.
         * @example {
         *       "allowed": false,
         *       "nearest": "https://staging.acme.example/callback",
         *       "difference": "the trailing slash: sent \"…ample/callback/\", listed \"…ample/callback\""
         *     }
         */
        RedirectUrlVerdict: {
            allowed: boolean;
            /** @description The allowed URL most like it; null when it is allowed or none is. */
            nearest: string | null;
            /** @description What differs from the nearest first, in words. */
            difference: string | null;
        };
        /** @description API clients with the hints of their keys, newest first. */
        ApiKeyPage: {
            results: components["schemas"]["ApiKey"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description An API client as the holder of a key: by what its key is recognised, and never the key.
         * @example {
         *       "client_id": "u1Zr0wT8mJ3kQ5xYb7Nc2A",
         *       "name": "Backend",
         *       "environment": "live",
         *       "permissions": [
         *         "api.read"
         *       ],
         *       "status": "active",
         *       "application_id": "019a3c5e-8a02-7c6f-8f1b-6d5e4c3b2a02",
         *       "api_key_hint": "h7Qx",
         *       "expires_at": null,
         *       "last_used_at": null,
         *       "created_at": "2026-01-31T12:00:00.000Z"
         *     }
         */
        ApiKey: {
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            /** @description One line, not blank. */
            name: string;
            /**
             * @description Never changes.
             * @enum {string}
             */
            environment: "live" | "staging";
            /** @description Names from `GET /auth/v2/permissions/`. */
            permissions: string[];
            /**
             * @description A paused client’s secrets are refused until it is active again.
             * @enum {string}
             */
            status: "active" | "paused";
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id: string | null;
            api_key_hint: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            last_used_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
        };
        /** @description One line of an export: what an import takes, but for the secret. Hashes stay here; without this deployment’s master key they are good for nothing. */
        ApiClientExport: {
            /** @description 3 to 128 of `A-Z a-z 0-9 - . _ ~`; one that nobody has, and no other organization ever had. No UUIDv7, with or without hyphens: those are the ids of users. */
            client_id: string;
            /** @description One line, not blank. */
            name: string;
            description: string | null;
            /** @enum {string} */
            environment: "live" | "staging";
            /** @description Names from the catalogue. */
            permissions: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips: string[];
            /** @enum {string} */
            status: "active" | "paused";
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string | null;
        };
        /**
         * @description One line of an import. Without a `secret` the API client has none, until `regenerate-secret/` makes the first.
         * @example {
         *       "client_id": "billing-service",
         *       "name": "Billing service",
         *       "environment": "live",
         *       "permissions": [
         *         "api.read"
         *       ],
         *       "secret": {
         *         "hash": "$2b$10$CwTycUXWue0Thq9StjUM0uJ8h4D2kC6Xq2Q1n1mX8Z7fQ0J1yB5Zq"
         *       }
         *     }
         */
        ApiClientImport: {
            /** @description 3 to 128 of `A-Z a-z 0-9 - . _ ~`; one that nobody has, and no other organization ever had. No UUIDv7, with or without hyphens: those are the ids of users. */
            client_id: string;
            /** @description One line, not blank. */
            name: string;
            description?: string | null;
            /** @enum {string} */
            environment: "live" | "staging";
            /** @description Names from the catalogue. */
            permissions: string[];
            /** @description Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` of an app. Stored and compared character for character. An empty list allows none. */
            allowed_redirect_urls?: string[];
            /** @description IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it. */
            allowed_ips?: string[] | null;
            /**
             * @default active
             * @enum {string}
             */
            status?: "active" | "paused";
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id?: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at?: string | null;
            secret?: {
                /** @description As the other system keeps it: `$argon2id$`, `$argon2i$` or `$argon2d$` (PHC), `$2a$`, `$2b$` or `$2y$` (bcrypt), `$scrypt$ln=…,r=…,p=…$`, `$pbkdf2-sha1$`, `-sha256$` or `-sha512$` with `i=…,l=…$` or the iterations alone, `$sha256$` and 64 hexadecimal digits. What a check may cost is bounded: bcrypt cost 12; argon2 m 65536, m × t 262144, p 4; scrypt N × r 262144, N × r × p 524288; PBKDF2 600000 iterations, half of that with SHA-512. A secret that is not declared `random` needs at least bcrypt cost 10, argon2 m × t 32768, scrypt N × r × p 131072, PBKDF2 25000 iterations, and no SHA-256. Replaced by a hash of this service at the first use. */
                hash: string;
                /** @description That a machine drew the secret: its characters hold at least 128 random bits. Nothing may be declared so that a person thought of. `$sha256$`, `lookup` and `hint` need it. */
                random?: {
                    /** @description How many of its characters are random. */
                    characters: number;
                    /**
                     * @description Which characters those are.
                     * @enum {string}
                     */
                    alphabet: "hex" | "base32" | "base36" | "base58" | "base62" | "base64";
                } | null;
                /** @description The first 32 hexadecimal digits of the SHA-256 of the whole secret: lets it be sent as `x-api-key`, without its client_id. A `$sha256$` hash has its own. */
                lookup?: string | null;
                hint?: string | null;
                /**
                 * Format: date-time
                 * @description RFC 3339, UTC.
                 */
                expires_at?: string | null;
            } | null;
        };
        /**
         * @description What became of one line of an import.
         * @example {
         *       "line": 1,
         *       "client_id": "billing-service",
         *       "result": "imported"
         *     }
         */
        ImportResult: {
            /** @description Which line of the import, counted from 1. */
            line: number;
            /** @description Null where the line names none. */
            client_id: string | null;
            /**
             * @description `already_imported`: the organization has just this API client.
             * @enum {string}
             */
            result: "imported" | "already_imported" | "failed";
            /** @description Why it failed. */
            errors?: {
                /** @description RFC 6901 pointer into the line. */
                pointer: string;
                /**
                 * @description Stable, for programs.
                 * @enum {string}
                 */
                code: "required" | "unknown_field" | "unknown_parameter" | "wrong_type" | "blank" | "too_short" | "too_long" | "too_few" | "too_many" | "too_small" | "too_large" | "not_allowed" | "duplicate" | "malformed" | "too_weak" | "in_the_past" | "not_found" | "taken" | "immutable";
                /** @description What is wrong there, for people. */
                detail: string;
            }[];
        };
        /**
         * @description The last line of the answer to an import. Without it the answer is not whole.
         * @example {
         *       "done": true,
         *       "imported": 1,
         *       "already_imported": 0,
         *       "failed": 0,
         *       "problem": null
         *     }
         */
        ImportTotals: {
            /** @description Whether the import came to its end. */
            done: boolean;
            imported: number;
            already_imported: number;
            failed: number;
            /** @description What ended it before its end. Lines without a result: send them again. */
            problem: {
                code: string;
                detail: string;
            } | null;
        };
        /** @description Newest first, unless asked otherwise. */
        SecretPage: {
            results: components["schemas"]["Secret"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @example {
         *       "overlap_seconds": 86400
         *     }
         */
        SecretRegenerate: {
            /** @description How long the old secret goes on working; 0, the default, ends it at once. */
            overlap_seconds?: number;
            /**
             * Format: date-time
             * @description The end of the new secret.
             */
            expires_at?: string | null;
            /** @description Ends at once what still works from the rotation before; otherwise that is a 409. */
            force?: boolean;
        };
        /**
         * @description A secret of an API client, without the secret. One that has ended is kept for 90 days.
         * @example {
         *       "uuid": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *       "hint": "m4Tz",
         *       "status": "active",
         *       "created_at": "2026-01-31T12:00:00.000Z",
         *       "created_by": "ada@acme.example",
         *       "expires_at": null,
         *       "last_used_at": "2026-02-01T08:30:00.000Z",
         *       "last_used_ip": "192.0.2.0/24",
         *       "ended_at": null,
         *       "ended_by": null
         *     }
         */
        Secret: {
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            hint: string;
            /**
             * @description `retiring`: works until its end, beside the active one. `expired` and `revoked` have ended.
             * @enum {string}
             */
            status: "active" | "retiring" | "expired" | "revoked";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            created_at: string;
            /** @description The email of the user; null for what a command made, or a user who is gone. */
            created_by: string | null;
            /**
             * Format: date-time
             * @description Of one that has ended, when it did.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            last_used_at: string | null;
            /** @description The network of the last use: a /24 (IPv4) or a /48 (IPv6). */
            last_used_ip: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            ended_at: string | null;
            /** @description The email of the user; null also where it ran out. */
            ended_by: string | null;
        };
        /**
         * @example {
         *       "expires_at": "2099-01-31T12:00:00Z"
         *     }
         */
        SecretUpdate: {
            /**
             * Format: date-time
             * @description RFC 3339, in the future; null for no end. Of a retiring secret, within 30 days.
             */
            expires_at?: string | null;
            /** @description Never changes: refused with 422. */
            readonly uuid?: never;
            /** @description Never changes: refused with 422. */
            readonly hint?: never;
            /** @description Never changes: refused with 422. */
            readonly status?: never;
            /** @description Never changes: refused with 422. */
            readonly created_at?: never;
            /** @description Never changes: refused with 422. */
            readonly created_by?: never;
            /** @description Never changes: refused with 422. */
            readonly last_used_at?: never;
            /** @description Never changes: refused with 422. */
            readonly last_used_ip?: never;
            /** @description Never changes: refused with 422. */
            readonly ended_at?: never;
            /** @description Never changes: refused with 422. */
            readonly ended_by?: never;
        };
        /**
         * @example {
         *       "max_secret_lifetime_days": 90,
         *       "expiry_required_for": [
         *         "live"
         *       ],
         *       "max_overlap_seconds": 86400,
         *       "allowed_ips_required_for": [],
         *       "second_factor_required": false,
         *       "unused_pause_days": 180
         *     }
         */
        CredentialPolicyPut: {
            /** @description From the making of a secret to its end, or its client’s; every secret has one then. */
            max_secret_lifetime_days?: number | null;
            /** @description Where a secret or its client must have an end. */
            expiry_required_for?: ("live" | "staging")[];
            /** @description How long an old secret may work beside a new one. */
            max_overlap_seconds?: number | null;
            /** @description Where an API client must be bound to addresses. */
            allowed_ips_required_for?: ("live" | "staging")[];
            /** @description Whether every member must have a second factor. Who has none gets 403 `second_factor_required` on all routes of the organization, until one is set up. A trusted issuer answers for its users. */
            second_factor_required?: boolean;
            /** @description An API client that was not used for so long is paused, a week after a mail has announced it. */
            unused_pause_days?: number | null;
            /** @description Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`). */
            password?: string;
        };
        /**
         * @description What an organization demands of its credentials. Null and empty demand nothing.
         * @example {
         *       "max_secret_lifetime_days": 90,
         *       "expiry_required_for": [
         *         "live"
         *       ],
         *       "max_overlap_seconds": 86400,
         *       "allowed_ips_required_for": [],
         *       "second_factor_required": false,
         *       "unused_pause_days": 180
         *     }
         */
        CredentialPolicy: {
            /** @description From the making of a secret to its end, or its client’s; every secret has one then. */
            max_secret_lifetime_days: number | null;
            /** @description Where a secret or its client must have an end. */
            expiry_required_for: ("live" | "staging")[];
            /** @description How long an old secret may work beside a new one. */
            max_overlap_seconds: number | null;
            /** @description Where an API client must be bound to addresses. */
            allowed_ips_required_for: ("live" | "staging")[];
            /** @description Whether every member must have a second factor. Who has none gets 403 `second_factor_required` on all routes of the organization, until one is set up. A trusted issuer answers for its users. */
            second_factor_required: boolean;
            /** @description An API client that was not used for so long is paused, a week after a mail has announced it. */
            unused_pause_days: number | null;
        };
        /**
         * @description An API client, or a member, that breaks the credential policy.
         * @example {
         *       "client_id": "Vb3nR8yKq0sL5tXw1Zc9Dg",
         *       "name": "Onboarding backend",
         *       "environment": "live",
         *       "status": "active",
         *       "member": null,
         *       "violations": [
         *         {
         *           "rule": "expiry_required_for",
         *           "value": [
         *             "live"
         *           ],
         *           "secret_id": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *           "detail": "the end of the secret is required: the credential policy demands an end in live"
         *         }
         *       ]
         *     }
         */
        PolicyViolation: {
            /** @description Null where it is a member, and so are the next three. */
            client_id: string | null;
            /** @description One line, not blank. */
            name: string | null;
            /** @enum {string|null} */
            environment: "live" | "staging" | null;
            /** @enum {string|null} */
            status: "active" | "paused" | null;
            /** @description Who has no second factor; null where it is an API client. */
            member: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                /** Format: email */
                email: string;
            } | null;
            violations: {
                /** @enum {string} */
                rule: "max_secret_lifetime_days" | "expiry_required_for" | "max_overlap_seconds" | "allowed_ips_required_for" | "second_factor_required";
                /** @description Of the rule. */
                value: boolean | number | ("live" | "staging")[];
                /**
                 * Format: uuid
                 * @description The secret that breaks it; null where the API client does.
                 */
                secret_id: string | null;
                /** @description What the rule demands, in words. */
                detail: string;
            }[];
        };
        /** @description The API clients and members that break the policy: newest first, unless asked otherwise. */
        PolicyViolationPage: {
            results: components["schemas"]["PolicyViolation"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /** @description One page of audit events, newest first unless asked otherwise. */
        AuditEventPage: {
            results: components["schemas"]["AuditEvent"][];
            /** @description Null on the last page. */
            next_cursor: string | null;
        };
        /**
         * @description What was done, by whom and from where. Each event names the hash of the one before it.
         * @example {
         *       "sequence": 2,
         *       "uuid": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *       "at": "2026-01-31T12:00:00.000Z",
         *       "actor": {
         *         "type": "user",
         *         "id": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *         "email": "ada@acme.example"
         *       },
         *       "action": "api_client.update",
         *       "target": {
         *         "type": "api_client",
         *         "id": "u1Zr0wT8mJ3kQ5xYb7Nc2A",
         *         "name": "Backend"
         *       },
         *       "changes": {
         *         "status": {
         *           "from": "active",
         *           "to": "paused"
         *         }
         *       },
         *       "ip": "192.0.2.7",
         *       "user_agent": "curl/8.5.0",
         *       "request_id": "5b0c0a52-6c1e-4d5e-9a55-0c6a3c1f7e21",
         *       "previous_hash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
         *       "hash": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"
         *     }
         */
        AuditEvent: {
            /** @description Its place in the chain, without gaps. */
            sequence: number;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            uuid: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            at: string;
            actor: {
                /** @enum {string} */
                type: "user" | "api_client" | "system";
                /** @description Null where nobody had proven to be anybody. */
                id: string | null;
                email: string | null;
            };
            /** @enum {string} */
            action: "account.create" | "login.fail" | "login.lock" | "login.challenge" | "password.reset" | "password.change" | "second_factor.pass" | "second_factor.fail" | "second_factor.reset" | "totp.add" | "totp.remove" | "passkey.add" | "passkey.remove" | "passkey.suspect" | "recovery_codes.renew" | "recovery_code.use" | "session.create" | "session.reauthenticate" | "session.repeat" | "session.end" | "session.reuse" | "organization.create" | "organization.update" | "organization.delete" | "invitation.create" | "invitation.resend" | "invitation.accept" | "invitation.delete" | "member.create" | "member.update" | "member.delete" | "application.create" | "application.update" | "application.delete" | "api_client.create" | "api_client.import" | "api_client.update" | "api_client.delete" | "secret.rotate" | "secret.update" | "secret.revoke" | "secret.expire" | "credential_policy.update";
            target: {
                /** @enum {string} */
                type: "user" | "session" | "passkey" | "organization" | "invitation" | "member" | "application" | "api_client";
                /** @description As the API names it: an API client by its `client_id`. */
                id: string;
                /** @description As it was then. */
                name: string | null;
            };
            /** @description Field by field. Texts beyond 256 characters and lists beyond 20 items are shortened. */
            changes: {
                [key: string]: {
                    /** @description A text, a number, a boolean, a list of texts, or null. */
                    from: unknown;
                    /** @description A text, a number, a boolean, a list of texts, or null. */
                    to: unknown;
                };
            };
            /** @description Where the request came from; null for commands of the operator. */
            ip: string | null;
            /** @description The first 200 characters, without what could be a secret. */
            user_agent: string | null;
            request_id: string;
            /** @description The `hash` of the event before this one. */
            previous_hash: string;
            /** @description SHA-256 in hexadecimal of the canonical JSON (RFC 8785) of the other members. */
            hash: string;
        };
        /**
         * @description Where the chain of audit events ends.
         * @example {
         *       "sequence": 2,
         *       "hash": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
         *       "at": "2026-01-31T12:00:00.000Z",
         *       "jws": "eyJhbGciOiJSUzI1NiIsInR5cCI6…"
         *     }
         */
        AuditHead: {
            /** @description Of the newest event; 0 before the first. */
            sequence: number;
            /** @description SHA-256 in hexadecimal. */
            hash: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            at: string | null;
            /** @description The same, signed by a key of `/.well-known/jwks.json` (compact JWS, `typ` `latchkey-audit-head`). Keep it elsewhere. */
            jws: string;
        };
        /**
         * @description Checks of credentials a day, written every ten seconds: about right.
         * @example {
         *       "since": "2026-01-02",
         *       "results": [
         *         {
         *           "day": "2026-01-31",
         *           "accepted": 48211,
         *           "refused": 3
         *         }
         *       ]
         *     }
         */
        Usage: {
            /**
             * Format: date
             * @description The first of the days that were asked for, UTC.
             */
            since: string;
            /** @description The days with a check, the oldest first. */
            results: {
                /**
                 * Format: date
                 * @description A day, UTC.
                 */
                day: string;
                accepted: number;
                /** @description A known client that was paused, expired or at another address, had a wrong secret or lacked what was asked for. */
                refused: number;
            }[];
        };
        /**
         * @description Everything an API client of this deployment may be allowed.
         * @example {
         *       "results": [
         *         {
         *           "name": "api.read",
         *           "description": "Read data through the API"
         *         }
         *       ]
         *     }
         */
        PermissionCatalogue: {
            results: {
                name: string;
                description: string;
            }[];
        };
        /**
         * @description The API client behind a valid credential.
         * @example {
         *       "client_id": "Vb3nR8yKq0sL5tXw1Zc9Dg",
         *       "name": "Onboarding backend (staging)",
         *       "organization_id": "019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01",
         *       "application_id": null,
         *       "environment": "staging",
         *       "permissions": [
         *         "api.read",
         *         "flows.execute"
         *       ],
         *       "secret_id": "019a3c5e-9b33-7f10-a2d4-8c7b6a594803",
         *       "expires_at": null
         *     }
         */
        VerifiedClient: {
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id: string;
            name: string;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            organization_id: string;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            application_id: string | null;
            /** @enum {string} */
            environment: "live" | "staging";
            permissions: string[];
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            secret_id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            expires_at: string | null;
            /** @description Only where a `redirect_url` was asked about; false for anything not listed. */
            redirect_url_allowed?: boolean;
        };
        /**
         * @example {
         *       "permission": "api.read"
         *     }
         */
        VerifyRequest: {
            /**
             * @description One or several; all of them must be held.
             * @example api.read
             */
            permission?: string | string[];
            /** @enum {string} */
            environment?: "live" | "staging";
            /** @description Asks for `redirect_url_allowed` in the answer. */
            redirect_url?: string;
        };
        /**
         * @description RFC 7662 §2.2. `{"active": false}` and no more for anything not good or not yours.
         * @example {
         *       "active": false
         *     }
         */
        Introspection: {
            active: boolean;
            /** @description What the client still holds of it, separated by spaces. */
            scope?: string;
            /** @description 16 random bytes, base64url; an imported API client has kept its own. */
            client_id?: string;
            /** @enum {string} */
            token_type?: "Bearer" | "client_secret";
            exp?: number;
            iat?: number;
            sub?: string;
            aud?: string;
            iss?: string;
            jti?: string;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            organization_id?: string;
            environment?: string;
            /**
             * Format: uuid
             * @description A UUIDv7.
             */
            secret_id?: string;
            /** @description Of an admin token: the user’s. */
            email?: string;
            /** @description Of an admin token: every organization of the user, with the role there. */
            organizations?: {
                /**
                 * Format: uuid
                 * @description A UUIDv7.
                 */
                uuid: string;
                name: string;
                /** @enum {string} */
                role: "owner" | "admin" | "developer" | "reader";
            }[];
        };
        /**
         * @description What went wrong (RFC 6749 §5.2).
         * @example {
         *       "error": "invalid_client",
         *       "error_description": "Client authentication failed"
         *     }
         */
        OAuthProblem: {
            /** @enum {string} */
            error: "invalid_request" | "invalid_client" | "invalid_scope" | "invalid_target" | "invalid_grant" | "unsupported_grant_type" | "unsupported_token_type" | "server_error" | "temporarily_unavailable";
            /** @description What is wrong, for people. */
            error_description: string;
        };
        /** @description Where an OAuth client finds everything (RFC 8414 §2). */
        ServerMetadata: {
            issuer: string;
            token_endpoint: string;
            introspection_endpoint: string;
            revocation_endpoint: string;
            jwks_uri: string;
            scopes_supported: string[];
            response_types_supported: string[];
            grant_types_supported: string[];
            token_endpoint_auth_methods_supported: string[];
            introspection_endpoint_auth_methods_supported: string[];
            revocation_endpoint_auth_methods_supported: string[];
            /** @description What access tokens may be signed with now; `RS256` always, and an algorithm that is being replaced. */
            access_token_signing_alg_values_supported: ("RS256" | "ES256" | "EdDSA")[];
            service_documentation: string;
        };
        /**
         * @example {
         *       "token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"
         *     }
         */
        TokenHint: {
            /** @description An access token, for introspection also a secret or an admin token. */
            token: string;
            /** @description `client_secret` to ask about a secret; otherwise not needed. */
            token_type_hint?: string;
            /** @description Of an admin token: the `uuid` of an organization, said again where the user is a member of it. */
            requested_org?: string;
            /** @description With `client_secret`, instead of Basic. */
            client_id?: string;
            /** @description With `client_id`, instead of Basic. */
            client_secret?: string;
        };
        /**
         * @example {
         *       "grant_type": "client_credentials",
         *       "scope": "api.read"
         *     }
         */
        TokenRequest: {
            /** @description `client_credentials`. */
            grant_type: string;
            /** @description Permissions separated by spaces; all the client holds when left out. */
            scope?: string;
            /** @description RFC 8707: whom the token is for, one of the audiences of this deployment. */
            resource?: string;
            /** @description With `client_secret`, instead of Basic. */
            client_id?: string;
            /** @description With `client_id`, instead of Basic. */
            client_secret?: string;
        };
        /**
         * @description An access token (RFC 6749 §5.1).
         * @example {
         *       "access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9…",
         *       "token_type": "Bearer",
         *       "expires_in": 900,
         *       "scope": "api.read flows.execute"
         *     }
         */
        TokenResponse: {
            /** @description An RFC 9068 JWT. */
            access_token: string;
            /** @enum {string} */
            token_type: "Bearer";
            /** @description Seconds. */
            expires_in: number;
            scope: string;
        };
        /** @description What went wrong (RFC 9457). */
        Problem: {
            /** @description `urn:latchkey:problem:` and the code. */
            type: string;
            /** @description The same for every problem of this code. */
            title: string;
            /** @description The HTTP status, once more. */
            status: number;
            /** @description What happened this time, for people. */
            detail: string;
            /**
             * @description Stable, for programs.
             * @enum {string}
             */
            code: "invalid_request" | "invalid_code" | "invalid_invitation" | "invalid_passkey" | "ambiguous_credentials" | "unauthorized" | "invalid_login" | "invalid_second_factor" | "invalid_refresh_token" | "login_required" | "invalid_credential" | "reauthentication_required" | "wrong_password" | "console_needs_https" | "console_wrong_origin" | "passwords_disabled" | "insufficient_role" | "wrong_account" | "second_factor_required" | "insufficient_permission" | "wrong_environment" | "not_found" | "method_not_allowed" | "request_timeout" | "last_owner" | "primary_client" | "request_in_progress" | "rotation_in_progress" | "last_secret" | "secret_in_use" | "secret_ended" | "second_factor_exists" | "no_second_factor" | "quota_reached" | "precondition_failed" | "content_too_large" | "uri_too_long" | "unsupported_media_type" | "immutable_field" | "idempotency_key_reused" | "policy_violation" | "import_failed" | "confirmation_required" | "rate_limited" | "account_locked" | "headers_too_large" | "internal_error" | "overloaded" | "database_unavailable";
            /** @description Also in the `x-request-id` header and in the log. */
            request_id: string;
            /** @description All that is wrong with the input, one for each place. */
            errors?: {
                /** @description RFC 6901 pointer into the body, or `?name` for a query parameter. */
                pointer: string;
                /**
                 * @description Stable, for programs.
                 * @enum {string}
                 */
                code: "required" | "unknown_field" | "unknown_parameter" | "wrong_type" | "blank" | "too_short" | "too_long" | "too_few" | "too_many" | "too_small" | "too_large" | "not_allowed" | "duplicate" | "malformed" | "too_weak" | "in_the_past" | "not_found" | "taken" | "immutable";
                /** @description What is wrong there, for people. */
                detail: string;
            }[];
            /**
             * Format: uuid
             * @description Which secret it is about.
             */
            secret_id?: string;
            /**
             * Format: date-time
             * @description Until when that one works.
             */
            expires_at?: string;
            /**
             * Format: date-time
             * @description When that one was last used.
             */
            last_used_at?: string;
        };
    };
    responses: {
        /** @description The request is malformed or invalid: `errors` names every fault. */
        InvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description People log in elsewhere, without a password here. */
        PasswordsDisabled: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request body is too large. */
        ContentTooLarge: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not JSON. */
        UnsupportedMediaType: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests; see `Retry-After`. */
        RateLimited: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the service. */
        InternalError: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Busy; see `Retry-After`. Or: Without its database; see `Retry-After`. */
        OverloadedOrDatabaseUnavailable: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The code is wrong, spent or expired. Or: The request is malformed or invalid: `errors` names every fault. */
        InvalidCodeOrInvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The console needs HTTPS. Or: The console is open at another address than its own. Or: People log in elsewhere, without a password here. */
        ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The email or the password is wrong. */
        InvalidLogin: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many failed logins; see `Retry-After`. Or: Too many requests; see `Retry-After`. */
        AccountLockedOrRateLimited: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The refresh token is not valid. */
        InvalidRefreshToken: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid admin token. */
        Unauthorized: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password is wrong. Or: People log in elsewhere, without a password here. */
        WrongPasswordOrPasswordsDisabled: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password was last given more than 15 minutes ago: send it as `password`. Who comes from another issuer logs in again. Or: The password is wrong. Or: People log in elsewhere, without a password here. */
        ReauthenticationRequiredOrWrongPasswordOrPasswordsDisabled: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password was last given more than 15 minutes ago: send it as `password`. Who comes from another issuer logs in again. Or: The password is wrong. */
        ReauthenticationRequiredOrWrongPassword: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not there, or not yours. */
        NotFound: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The second factor is wrong, or the login has ended. */
        InvalidSecondFactor: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is a second factor of this kind already. Or: The same request is still being carried out. */
        SecondFactorExistsOrRequestInProgress: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The Idempotency-Key belongs to another request. */
        IdempotencyKeyReused: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The same request is still being carried out. */
        RequestInProgress: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no second factor. Or: The same request is still being carried out. */
        NoSecondFactorOrRequestInProgress: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The passkey cannot be kept. Or: The request is malformed or invalid: `errors` names every fault. */
        InvalidPasskeyOrInvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no room for one more. Or: The same request is still being carried out. */
        QuotaReachedOrRequestInProgress: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no room for one more. */
        QuotaReached: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid admin token. Or: The email or the password is wrong. */
        UnauthorizedOrInvalidLogin: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The organization demands a second factor of its members. */
        SecondFactorRequired: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The organization demands a second factor of its members. Or: The caller’s role in the organization is too low. */
        SecondFactorRequiredOrInsufficientRole: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The record is no longer the one that `If-Match` names. */
        PreconditionFailed: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A field that never changes was in the request. */
        ImmutableField: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password was last given more than 15 minutes ago: send it as `password`. Who comes from another issuer logs in again. Or: The password is wrong. Or: The organization demands a second factor of its members. Or: The caller’s role in the organization is too low. */
        ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The confirmation does not match. */
        ConfirmationRequired: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The organization would be left without an owner. */
        LastOwner: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The password was last given more than 15 minutes ago: send it as `password`. Who comes from another issuer logs in again. Or: The password is wrong. Or: The caller’s role in the organization is too low. Or: The organization demands a second factor of its members. */
        ReauthenticationRequiredOrWrongPasswordOrInsufficientRoleOrSecondFactorRequired: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The invitation is wrong, spent or expired. Or: The request is malformed or invalid: `errors` names every fault. */
        InvalidInvitationOrInvalidRequest: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The email has an account, which is to be logged in to. Or: No valid admin token. */
        LoginRequiredOrUnauthorized: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The invitation is for another email. Or: The console needs HTTPS. Or: The console is open at another address than its own. Or: People log in elsewhere, without a password here. */
        WrongAccountOrConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The credential policy of the organization does not allow this. Or: The Idempotency-Key belongs to another request. */
        PolicyViolationOrIdempotencyKeyReused: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An old secret still works: `secret_id` and `expires_at` say which, and until when. Or: The same request is still being carried out. */
        RotationInProgressOrRequestInProgress: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The credential policy of the organization does not allow this. Or: A field that never changes was in the request. */
        PolicyViolationOrImmutableField: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The primary client goes only with its application. */
        PrimaryClient: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A line cannot be imported, so none was. */
        ImportFailed: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The secret has ended. */
        SecretEnded: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The secret has ended. Or: The last usable secret goes only with its API client. Or: The secret was used within the last hour: `last_used_at`. `force=true` ends it all the same. */
        SecretEndedOrLastSecretOrSecretInUse: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is malformed or invalid: `errors` names every fault. Or: The request carries more than one credential. */
        InvalidRequestOrAmbiguousCredentials: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No valid credential: the same answer whatever the cause. */
        InvalidCredential: {
            headers: {
                "x-request-id": components["headers"]["x-request-id"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The API client lacks a permission. Or: The API client belongs to another environment. */
        InsufficientPermissionOrWrongEnvironment: {
            headers: {
                /** @description Why: the `code` of the problem. */
                "x-refusal"?: string;
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The id of this request in the log. A caller may send its own. */
        "x-request-id": string;
        /**
         * @description How to authenticate (RFC 9110 §11.6.1).
         * @example Bearer realm="latchkey"
         */
        "WWW-Authenticate": string;
        /** @description Seconds after which to try again. */
        "Retry-After": number;
        /** @description Requests that one address, or one user, may send in a window. Absent where request limits are off. */
        "RateLimit-Limit": number;
        /** @description Requests left in this window. */
        "RateLimit-Remaining": number;
        /** @description Seconds until the window ends. */
        "RateLimit-Reset": number;
    };
    pathItems: never;
}
export type EmailRequest = components['schemas']['EmailRequest'];
export type FirstAccess = components['schemas']['FirstAccess'];
export type LoginAnswer = components['schemas']['LoginAnswer'];
export type LoginRequest = components['schemas']['LoginRequest'];
export type Message = components['schemas']['Message'];
export type RefreshRequest = components['schemas']['RefreshRequest'];
export type RegisterRequest = components['schemas']['RegisterRequest'];
export type Registration = components['schemas']['Registration'];
export type ResetPasswordRequest = components['schemas']['ResetPasswordRequest'];
export type SecondFactorAsked = components['schemas']['SecondFactorAsked'];
export type TokenPair = components['schemas']['TokenPair'];
export type VerifyEmailRequest = components['schemas']['VerifyEmailRequest'];
export type Account = components['schemas']['Account'];
export type PasswordChange = components['schemas']['PasswordChange'];
export type Reauthentication = components['schemas']['Reauthentication'];
export type SessionPage = components['schemas']['SessionPage'];
export type Session = components['schemas']['Session'];
export type SessionsEnd = components['schemas']['SessionsEnd'];
export type RecoveryCodes = components['schemas']['RecoveryCodes'];
export type RecoveryCodesRenewal = components['schemas']['RecoveryCodesRenewal'];
export type SecondFactorChange = components['schemas']['SecondFactorChange'];
export type SecondFactorProof = components['schemas']['SecondFactorProof'];
export type TotpConfirmation = components['schemas']['TotpConfirmation'];
export type TotpRemoval = components['schemas']['TotpRemoval'];
export type TotpSetup = components['schemas']['TotpSetup'];
export type PasskeyAssertion = components['schemas']['PasskeyAssertion'];
export type PasskeyAssertionResponse = components['schemas']['PasskeyAssertionResponse'];
export type PasskeyAttestation = components['schemas']['PasskeyAttestation'];
export type PasskeyAttestationResponse = components['schemas']['PasskeyAttestationResponse'];
export type PasskeyCreate = components['schemas']['PasskeyCreate'];
export type PasskeyCreated = components['schemas']['PasskeyCreated'];
export type PasskeyCreationOptions = components['schemas']['PasskeyCreationOptions'];
export type PasskeyLoginOptionsRequest = components['schemas']['PasskeyLoginOptionsRequest'];
export type PasskeyPage = components['schemas']['PasskeyPage'];
export type PasskeyProof = components['schemas']['PasskeyProof'];
export type Passkey = components['schemas']['Passkey'];
export type PasskeyRequestOptions = components['schemas']['PasskeyRequestOptions'];
export type ConsoleLoginAnswer = components['schemas']['ConsoleLoginAnswer'];
export type ConsoleSession = components['schemas']['ConsoleSession'];
export type FinishedLogin = components['schemas']['FinishedLogin'];
export type OrganizationCreate = components['schemas']['OrganizationCreate'];
export type OrganizationDelete = components['schemas']['OrganizationDelete'];
export type Organization = components['schemas']['Organization'];
export type OrganizationUpdate = components['schemas']['OrganizationUpdate'];
export type MemberDelete = components['schemas']['MemberDelete'];
export type MemberPage = components['schemas']['MemberPage'];
export type Member = components['schemas']['Member'];
export type MemberUpdate = components['schemas']['MemberUpdate'];
export type RoleList = components['schemas']['RoleList'];
export type InvitationAccept = components['schemas']['InvitationAccept'];
export type InvitationAccepted = components['schemas']['InvitationAccepted'];
export type InvitationPage = components['schemas']['InvitationPage'];
export type Invitation = components['schemas']['Invitation'];
export type InvitationResend = components['schemas']['InvitationResend'];
export type InviteResults = components['schemas']['InviteResults'];
export type MemberInvite = components['schemas']['MemberInvite'];
export type MembersInvite = components['schemas']['MembersInvite'];
export type ApplicationCreate = components['schemas']['ApplicationCreate'];
export type ApplicationPage = components['schemas']['ApplicationPage'];
export type Application = components['schemas']['Application'];
export type ApplicationUpdate = components['schemas']['ApplicationUpdate'];
export type ApplicationWithApiKey = components['schemas']['ApplicationWithApiKey'];
export type ApiClientCreate = components['schemas']['ApiClientCreate'];
export type ApiClientPage = components['schemas']['ApiClientPage'];
export type ApiClient = components['schemas']['ApiClient'];
export type ApiClientUpdate = components['schemas']['ApiClientUpdate'];
export type ApiClientWithSecret = components['schemas']['ApiClientWithSecret'];
export type RedirectUrlCheck = components['schemas']['RedirectUrlCheck'];
export type RedirectUrlVerdict = components['schemas']['RedirectUrlVerdict'];
export type ApiKeyPage = components['schemas']['ApiKeyPage'];
export type ApiKey = components['schemas']['ApiKey'];
export type ApiClientExport = components['schemas']['ApiClientExport'];
export type ApiClientImport = components['schemas']['ApiClientImport'];
export type ImportResult = components['schemas']['ImportResult'];
export type ImportTotals = components['schemas']['ImportTotals'];
export type SecretPage = components['schemas']['SecretPage'];
export type SecretRegenerate = components['schemas']['SecretRegenerate'];
export type Secret = components['schemas']['Secret'];
export type SecretUpdate = components['schemas']['SecretUpdate'];
export type CredentialPolicyPut = components['schemas']['CredentialPolicyPut'];
export type CredentialPolicy = components['schemas']['CredentialPolicy'];
export type PolicyViolation = components['schemas']['PolicyViolation'];
export type PolicyViolationPage = components['schemas']['PolicyViolationPage'];
export type AuditEventPage = components['schemas']['AuditEventPage'];
export type AuditEvent = components['schemas']['AuditEvent'];
export type AuditHead = components['schemas']['AuditHead'];
export type Usage = components['schemas']['Usage'];
export type PermissionCatalogue = components['schemas']['PermissionCatalogue'];
export type VerifiedClient = components['schemas']['VerifiedClient'];
export type VerifyRequest = components['schemas']['VerifyRequest'];
export type Introspection = components['schemas']['Introspection'];
export type OAuthProblem = components['schemas']['OAuthProblem'];
export type ServerMetadata = components['schemas']['ServerMetadata'];
export type TokenHint = components['schemas']['TokenHint'];
export type TokenRequest = components['schemas']['TokenRequest'];
export type TokenResponse = components['schemas']['TokenResponse'];
export type Problem = components['schemas']['Problem'];
export type ResponseInvalidRequest = components['responses']['InvalidRequest'];
export type ResponsePasswordsDisabled = components['responses']['PasswordsDisabled'];
export type ResponseContentTooLarge = components['responses']['ContentTooLarge'];
export type ResponseUnsupportedMediaType = components['responses']['UnsupportedMediaType'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponseInternalError = components['responses']['InternalError'];
export type ResponseOverloadedOrDatabaseUnavailable = components['responses']['OverloadedOrDatabaseUnavailable'];
export type ResponseInvalidCodeOrInvalidRequest = components['responses']['InvalidCodeOrInvalidRequest'];
export type ResponseConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled = components['responses']['ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled'];
export type ResponseInvalidLogin = components['responses']['InvalidLogin'];
export type ResponseAccountLockedOrRateLimited = components['responses']['AccountLockedOrRateLimited'];
export type ResponseInvalidRefreshToken = components['responses']['InvalidRefreshToken'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseWrongPasswordOrPasswordsDisabled = components['responses']['WrongPasswordOrPasswordsDisabled'];
export type ResponseReauthenticationRequiredOrWrongPasswordOrPasswordsDisabled = components['responses']['ReauthenticationRequiredOrWrongPasswordOrPasswordsDisabled'];
export type ResponseReauthenticationRequiredOrWrongPassword = components['responses']['ReauthenticationRequiredOrWrongPassword'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseInvalidSecondFactor = components['responses']['InvalidSecondFactor'];
export type ResponseSecondFactorExistsOrRequestInProgress = components['responses']['SecondFactorExistsOrRequestInProgress'];
export type ResponseIdempotencyKeyReused = components['responses']['IdempotencyKeyReused'];
export type ResponseRequestInProgress = components['responses']['RequestInProgress'];
export type ResponseNoSecondFactorOrRequestInProgress = components['responses']['NoSecondFactorOrRequestInProgress'];
export type ResponseInvalidPasskeyOrInvalidRequest = components['responses']['InvalidPasskeyOrInvalidRequest'];
export type ResponseQuotaReachedOrRequestInProgress = components['responses']['QuotaReachedOrRequestInProgress'];
export type ResponseQuotaReached = components['responses']['QuotaReached'];
export type ResponseUnauthorizedOrInvalidLogin = components['responses']['UnauthorizedOrInvalidLogin'];
export type ResponseSecondFactorRequired = components['responses']['SecondFactorRequired'];
export type ResponseSecondFactorRequiredOrInsufficientRole = components['responses']['SecondFactorRequiredOrInsufficientRole'];
export type ResponsePreconditionFailed = components['responses']['PreconditionFailed'];
export type ResponseImmutableField = components['responses']['ImmutableField'];
export type ResponseReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole = components['responses']['ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole'];
export type ResponseConfirmationRequired = components['responses']['ConfirmationRequired'];
export type ResponseLastOwner = components['responses']['LastOwner'];
export type ResponseReauthenticationRequiredOrWrongPasswordOrInsufficientRoleOrSecondFactorRequired = components['responses']['ReauthenticationRequiredOrWrongPasswordOrInsufficientRoleOrSecondFactorRequired'];
export type ResponseInvalidInvitationOrInvalidRequest = components['responses']['InvalidInvitationOrInvalidRequest'];
export type ResponseLoginRequiredOrUnauthorized = components['responses']['LoginRequiredOrUnauthorized'];
export type ResponseWrongAccountOrConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled = components['responses']['WrongAccountOrConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled'];
export type ResponsePolicyViolationOrIdempotencyKeyReused = components['responses']['PolicyViolationOrIdempotencyKeyReused'];
export type ResponseRotationInProgressOrRequestInProgress = components['responses']['RotationInProgressOrRequestInProgress'];
export type ResponsePolicyViolationOrImmutableField = components['responses']['PolicyViolationOrImmutableField'];
export type ResponsePrimaryClient = components['responses']['PrimaryClient'];
export type ResponseImportFailed = components['responses']['ImportFailed'];
export type ResponseSecretEnded = components['responses']['SecretEnded'];
export type ResponseSecretEndedOrLastSecretOrSecretInUse = components['responses']['SecretEndedOrLastSecretOrSecretInUse'];
export type ResponseInvalidRequestOrAmbiguousCredentials = components['responses']['InvalidRequestOrAmbiguousCredentials'];
export type ResponseInvalidCredential = components['responses']['InvalidCredential'];
export type ResponseInsufficientPermissionOrWrongEnvironment = components['responses']['InsufficientPermissionOrWrongEnvironment'];
export type HeaderXRequestId = components['headers']['x-request-id'];
export type HeaderWwwAuthenticate = components['headers']['WWW-Authenticate'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type HeaderRateLimitLimit = components['headers']['RateLimit-Limit'];
export type HeaderRateLimitRemaining = components['headers']['RateLimit-Remaining'];
export type HeaderRateLimitReset = components['headers']['RateLimit-Reset'];
export type $defs = Record<string, never>;
export interface operations {
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        responses: {
            /** @description A code was mailed. The same whether or not the email has an account. */
            201: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Registration"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    resendCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailRequest"];
            };
        };
        responses: {
            /** @description Done, as far as can be told. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyEmailRequest"];
            };
        };
        responses: {
            /** @description The organization with its first application, and the tokens of a session, as `login/` gives them; the service’s own page gets a cookie in their place. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirstAccess"];
                };
            };
            400: components["responses"]["InvalidCodeOrInvalidRequest"];
            403: components["responses"]["ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description The tokens of a session; of a user with a second factor, what asks for it. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidLogin"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The tokens of a session. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidRefreshToken"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description Logged out. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidRefreshToken"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    forgotPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailRequest"];
            };
        };
        responses: {
            /** @description Done, as far as can be told. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    resetPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResetPasswordRequest"];
            };
        };
        responses: {
            /** @description Done, as far as can be told. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidCodeOrInvalidRequest"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account of the caller. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Done, as far as can be told. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["WrongPasswordOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    reauthenticate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reauthentication"];
            };
        };
        responses: {
            /** @description The 15 minutes begin anew. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of sessions. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    endOtherSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SessionsEnd"];
            };
        };
        responses: {
            /** @description Ended, however many there were. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the session. */
                session: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SessionsEnd"];
            };
        };
        responses: {
            /** @description Ended. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifySecondFactor: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SecondFactorProof"];
            };
        };
        responses: {
            /** @description The tokens of a session; for the service’s own page who is logged in, beside a cookie. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FinishedLogin"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidSecondFactor"];
            403: components["responses"]["ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecondFactorChange"];
            };
        };
        responses: {
            /** @description What an authenticator app is set up with. It counts once a code of it was confirmed, within an hour. */
            201: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSetup"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            409: components["responses"]["SecondFactorExistsOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteTotp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TotpRemoval"];
            };
        };
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidCodeOrInvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["WrongPasswordOrPasswordsDisabled"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    confirmTotp: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TotpConfirmation"];
            };
        };
        responses: {
            /** @description Ten codes for whoever loses the second factor. Those from before do not work any more. */
            200: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            400: components["responses"]["InvalidCodeOrInvalidRequest"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["RequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    regenerateRecoveryCodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RecoveryCodesRenewal"];
            };
        };
        responses: {
            /** @description Ten codes for whoever loses the second factor. Those from before do not work any more. */
            200: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            400: components["responses"]["InvalidCodeOrInvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            409: components["responses"]["NoSecondFactorOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createPasskeyLoginOptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyLoginOptionsRequest"];
            };
        };
        responses: {
            /** @description For `PublicKeyCredential.parseRequestOptionsFromJSON()` and `navigator.credentials.get()` (WebAuthn Level 3). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyRequestOptions"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidSecondFactor"];
            403: components["responses"]["PasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifyPasskey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyProof"];
            };
        };
        responses: {
            /** @description The tokens of a session; for the service’s own page who is logged in, beside a cookie. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FinishedLogin"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["InvalidSecondFactor"];
            403: components["responses"]["ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listPasskeys: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One’s passkeys: newest first, unless asked otherwise. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyCreate"];
            };
        };
        responses: {
            /** @description The new passkey. */
            201: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyCreated"];
                };
            };
            400: components["responses"]["InvalidPasskeyOrInvalidRequest"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createPasskeyOptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecondFactorChange"];
            };
        };
        responses: {
            /** @description For `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()` (WebAuthn Level 3). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyCreationOptions"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            409: components["responses"]["QuotaReached"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deletePasskey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the passkey. */
                passkey: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecondFactorChange"];
            };
        };
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPassword"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getConsoleSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is logged in to the console. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleSession"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    openConsoleSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description Who is logged in, or what else it takes. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleLoginAnswer"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["UnauthorizedOrInvalidLogin"];
            403: components["responses"]["ConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    endConsoleSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nobody is logged in. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listOrganizations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organizations the caller is a member of, oldest first; the first 1,000 of them. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"][];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrganizationCreate"];
            };
        };
        responses: {
            /** @description An organization, and what the caller is in it. */
            201: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An organization, and what the caller is in it. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OrganizationDelete"];
            };
        };
        responses: {
            /** @description Gone, with its applications, API clients and secrets. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ConfirmationRequired"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateOrganization: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OrganizationUpdate"];
            };
        };
        responses: {
            /** @description An organization, and what the caller is in it. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ImmutableField"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listMembers: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Members of one organization, those who joined last first. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    inviteMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberInvite"];
            };
        };
        responses: {
            /** @description What became of each address, in lower case. It tells nothing of accounts: who has one is invited too. */
            200: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteResults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the member. */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A person’s place in an organization. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the member. */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MemberDelete"];
            };
        };
        responses: {
            /** @description No member any more. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrInsufficientRoleOrSecondFactorRequired"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LastOwner"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateMember: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the member. */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["MemberUpdate"];
            };
        };
        responses: {
            /** @description A person’s place in an organization. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LastOwner"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ImmutableField"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listRoles: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The roles, the most powerful first. They are the same in every organization. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    inviteMembers: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MembersInvite"];
            };
        };
        responses: {
            /** @description What became of each address, in lower case. It tells nothing of accounts: who has one is invited too. */
            200: {
                headers: {
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteResults"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Invitations of one organization that are still open, newest first. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the invitation. */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An email that was asked to become a member. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    resendInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the invitation. */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["InvitationResend"];
            };
        };
        responses: {
            /** @description An email that was asked to become a member. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["RequestInProgress"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteInvitation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the invitation. */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its link is good for nothing from now on. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationAccept"];
            };
        };
        responses: {
            /** @description The organization, and the caller’s role in it. With the tokens of a session, as `login/` gives them, where the account was made with this; the service’s own page gets a cookie in their place. Who was logged in goes on as before. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationAccepted"];
                };
            };
            400: components["responses"]["InvalidInvitationOrInvalidRequest"];
            401: components["responses"]["LoginRequiredOrUnauthorized"];
            403: components["responses"]["WrongAccountOrConsoleNeedsHttpsOrConsoleWrongOriginOrPasswordsDisabled"];
            409: components["responses"]["QuotaReached"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listApplications: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, unless asked otherwise. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ApplicationCreate"];
            };
        };
        responses: {
            /** @description An application with its new API key. */
            201: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationWithApiKey"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An application. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone; the secrets of its API clients are refused from now on. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ApplicationUpdate"];
            };
        };
        responses: {
            /** @description An application. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ImmutableField"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    regenerateApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretRegenerate"];
            };
        };
        responses: {
            /** @description An application with its new API key. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationWithApiKey"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["RotationInProgressOrRequestInProgress"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listApiClients: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
                environment?: "live" | "staging";
                status?: "active" | "paused";
                /** @description The `uuid` of an application, or `none` for clients without one. */
                application_id?: string;
                /** @description Holds this permission. */
                permission?: string;
                /** @description Part of the name in any case, a whole `client_id`, or a `client_secret_hint`. */
                q?: string;
                /** @description Not used since then. */
                unused_since?: string;
                /** @description Ends before then, or has ended. */
                expires_before?: string;
                /** @description Whether an old secret still works beside the new one. */
                has_retiring_secret?: boolean;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, unless asked otherwise. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiClientPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    createApiClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiClientCreate"];
            };
        };
        responses: {
            /** @description An API client with its new secret. */
            201: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiClientWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["QuotaReachedOrRequestInProgress"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getApiClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An API client. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiClient"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    deleteApiClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone; its secrets are refused from now on. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["PrimaryClient"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateApiClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ApiClientUpdate"];
            };
        };
        responses: {
            /** @description An API client. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiClient"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrImmutableField"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    checkRedirectUrl: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedirectUrlCheck"];
            };
        };
        responses: {
            /** @description Whether the URL is allowed, and if not, why. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedirectUrlVerdict"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description API clients with the hints of their keys, newest first. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listApplicationApiKeys: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description API clients with the hints of their keys, newest first. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    importApiClients: {
        parameters: {
            query?: {
                /** @description All or nothing; at most 1000 lines. */
                atomic?: boolean;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": components["schemas"]["ApiClientImport"];
            };
        };
        responses: {
            /** @description One `ImportResult` a line, and at the end `ImportTotals`. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["ImportResult"] | components["schemas"]["ImportTotals"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["ImportFailed"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    exportApiClients: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One `ApiClientExport` a line. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": components["schemas"]["ApiClientExport"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    regenerateSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
                /** @description A new random text for each request that is meant once, such as a UUID: 16 to 255 visible ASCII characters. The same request with the same key is answered the same for 24 hours, with `idempotency-replayed: true`, and made once. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretRegenerate"];
            };
        };
        responses: {
            /** @description An API client with its new secret. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    /** @description `true` where the request was made before, under the same `Idempotency-Key`; else absent. */
                    "idempotency-replayed"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiClientWithSecret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["RotationInProgressOrRequestInProgress"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrIdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listSecrets: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, unless asked otherwise. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    revokeSecret: {
        parameters: {
            query?: {
                /** @description Ends also a secret that was used within the last hour. */
                force?: boolean;
            };
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
                /** @description The `uuid` of the secret. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone; it is refused from now on. */
            204: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SecretEndedOrLastSecretOrSecretInUse"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
                /** @description The `uuid` of the secret. */
                secret: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretUpdate"];
            };
        };
        responses: {
            /** @description A secret of an API client, without the secret. One that has ended is kept for 90 days. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Secret"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["SecretEnded"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["PolicyViolationOrImmutableField"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getCredentialPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an earlier read: 304 without a body while the record is still that one. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What an organization demands of its credentials. Null and empty demand nothing. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CredentialPolicy"];
                };
            };
            /** @description The record is still the one that `If-None-Match` names. */
            304: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    updateCredentialPolicy: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a read: refuses with 412 when the record has changed since. */
                "if-match"?: string;
            };
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CredentialPolicyPut"];
            };
        };
        responses: {
            /** @description What an organization demands of its credentials. Null and empty demand nothing. */
            200: {
                headers: {
                    /** @description The record’s version. Send it as `If-Match` to change only this version. */
                    ETag?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CredentialPolicy"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ReauthenticationRequiredOrWrongPasswordOrSecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["AccountLockedOrRateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listPolicyViolations: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The API clients and members that break the policy: newest first, unless asked otherwise. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PolicyViolationPage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
                /** @description The `id` of who did it. */
                actor?: string;
                action?: "account.create" | "login.fail" | "login.lock" | "login.challenge" | "password.reset" | "password.change" | "second_factor.pass" | "second_factor.fail" | "second_factor.reset" | "totp.add" | "totp.remove" | "passkey.add" | "passkey.remove" | "passkey.suspect" | "recovery_codes.renew" | "recovery_code.use" | "session.create" | "session.reauthenticate" | "session.repeat" | "session.end" | "session.reuse" | "organization.create" | "organization.update" | "organization.delete" | "invitation.create" | "invitation.resend" | "invitation.accept" | "invitation.delete" | "member.create" | "member.update" | "member.delete" | "application.create" | "application.update" | "application.delete" | "api_client.create" | "api_client.import" | "api_client.update" | "api_client.delete" | "secret.rotate" | "secret.update" | "secret.revoke" | "secret.expire" | "credential_policy.update";
                /** @description The `id` of what it was done to. */
                target?: string;
                /** @description At that moment or later. */
                from?: string;
                /** @description Before that moment. */
                to?: string;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, as one page or one a line. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getAuditHead: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where the chain of audit events ends. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditHead"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequiredOrInsufficientRole"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listSecurityEvents: {
        parameters: {
            query?: {
                /** @description At most 100; more is lowered to 100. */
                limit?: number;
                /** @description Which records come first. */
                order?: "newest" | "oldest";
                /** @description From `next_cursor` of the page before. */
                cursor?: string;
                /** @description The `id` of who did it. */
                actor?: string;
                action?: "account.create" | "login.fail" | "login.lock" | "login.challenge" | "password.reset" | "password.change" | "second_factor.pass" | "second_factor.fail" | "second_factor.reset" | "totp.add" | "totp.remove" | "passkey.add" | "passkey.remove" | "passkey.suspect" | "recovery_codes.renew" | "recovery_code.use" | "session.create" | "session.reauthenticate" | "session.repeat" | "session.end" | "session.reuse" | "organization.create" | "organization.update" | "organization.delete" | "invitation.create" | "invitation.resend" | "invitation.accept" | "invitation.delete" | "member.create" | "member.update" | "member.delete" | "application.create" | "application.update" | "application.delete" | "api_client.create" | "api_client.import" | "api_client.update" | "api_client.delete" | "secret.rotate" | "secret.update" | "secret.revoke" | "secret.expire" | "credential_policy.update";
                /** @description The `id` of what it was done to. */
                target?: string;
                /** @description At that moment or later. */
                from?: string;
                /** @description Before that moment. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events, as one page or one a line. */
            200: {
                headers: {
                    /** @description The next page, `rel="next"` (RFC 8288); absent on the last one. */
                    Link?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEventPage"];
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getApiClientUsage: {
        parameters: {
            query?: {
                /** @description How many days, with today; older ones than those are not kept. */
                days?: number;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `client_id` of the API client. */
                client_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Checks of credentials a day, written every ten seconds: about right. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getApplicationUsage: {
        parameters: {
            query?: {
                /** @description How many days, with today; older ones than those are not kept. */
                days?: number;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
                /** @description The `uuid` of the application. */
                app: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Checks of credentials a day, written every ten seconds: about right. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getOrganizationUsage: {
        parameters: {
            query?: {
                /** @description How many days, with today; older ones than those are not kept. */
                days?: number;
            };
            header?: never;
            path: {
                /** @description The `uuid` of the organization. */
                org: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Checks of credentials a day, written every ten seconds: about right. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["SecondFactorRequired"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    listPermissions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything an API client of this deployment may be allowed. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PermissionCatalogue"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifyCredential: {
        parameters: {
            query?: {
                /** @description May be repeated; all of them must be held. */
                permission?: string[];
                environment?: "live" | "staging";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The API client behind a valid credential. */
            200: {
                headers: {
                    /** @description The API client. */
                    "x-client-id"?: string;
                    /** @description Its organization. */
                    "x-organization-id"?: string;
                    /** @description Its application; absent where it has none. */
                    "x-application-id"?: string;
                    /** @description Its environment. */
                    "x-environment"?: string;
                    /** @description Its permissions, separated by spaces. */
                    "x-permissions"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedClient"];
                };
            };
            400: components["responses"]["InvalidRequestOrAmbiguousCredentials"];
            401: components["responses"]["InvalidCredential"];
            403: components["responses"]["InsufficientPermissionOrWrongEnvironment"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifyCredentialWith: {
        parameters: {
            query?: {
                /** @description May be repeated; all of them must be held. */
                permission?: string[];
                environment?: "live" | "staging";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["VerifyRequest"];
            };
        };
        responses: {
            /** @description The API client behind a valid credential. */
            200: {
                headers: {
                    /** @description The API client. */
                    "x-client-id"?: string;
                    /** @description Its organization. */
                    "x-organization-id"?: string;
                    /** @description Its application; absent where it has none. */
                    "x-application-id"?: string;
                    /** @description Its environment. */
                    "x-environment"?: string;
                    /** @description Its permissions, separated by spaces. */
                    "x-permissions"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedClient"];
                };
            };
            400: components["responses"]["InvalidRequestOrAmbiguousCredentials"];
            401: components["responses"]["InvalidCredential"];
            403: components["responses"]["InsufficientPermissionOrWrongEnvironment"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    verifyCredentialHead: {
        parameters: {
            query?: {
                /** @description May be repeated; all of them must be held. */
                permission?: string[];
                environment?: "live" | "staging";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The API client behind a valid credential. */
            200: {
                headers: {
                    /** @description The API client. */
                    "x-client-id"?: string;
                    /** @description Its organization. */
                    "x-organization-id"?: string;
                    /** @description Its application; absent where it has none. */
                    "x-application-id"?: string;
                    /** @description Its environment. */
                    "x-environment"?: string;
                    /** @description Its permissions, separated by spaces. */
                    "x-permissions"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The request is malformed or invalid: `errors` names every fault. Or: The request carries more than one credential. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid credential: the same answer whatever the cause. */
            401: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The API client lacks a permission. Or: The API client belongs to another environment. */
            403: {
                headers: {
                    /** @description Why: the `code` of the problem. */
                    "x-refusal"?: string;
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A fault of the service. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Busy; see `Retry-After`. Or: Without its database; see `Retry-After`. */
            503: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    issueToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description An access token (RFC 6749 §5.1). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenResponse"];
                };
            };
            /** @description The request is not valid; `error` says how. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The client is not authenticated: `invalid_client`. */
            401: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description A fault of the service. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description Busy or without its database; see `Retry-After`. */
            503: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
        };
    };
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenHint"];
                "application/json": components["schemas"]["TokenHint"];
            };
        };
        responses: {
            /** @description RFC 7662 §2.2. `{"active": false}` and no more for anything not good or not yours. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Introspection"];
                };
            };
            /** @description The request is not valid; `error` says how. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The client is not authenticated: `invalid_client`. */
            401: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description A fault of the service. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description Busy or without its database; see `Retry-After`. */
            503: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["TokenHint"];
            };
        };
        responses: {
            /** @description Revoked, or never valid. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description The request is not valid; `error` says how. */
            400: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The client is not authenticated: `invalid_client`. */
            401: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description The body is too large. */
            413: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description A fault of the service. */
            500: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
            /** @description Busy or without its database; see `Retry-After`. */
            503: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OAuthProblem"];
                };
            };
        };
    };
    getJwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The public keys that verify this deployment’s tokens. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        keys: {
                            /** @description `RSA`, `EC` or `OKP`. */
                            kty: string;
                            /** @description Of an RSA key. */
                            n?: string;
                            /** @description Of an RSA key. */
                            e?: string;
                            /** @description `P-256` of an EC key, `Ed25519` of an OKP key. */
                            crv?: string;
                            /** @description Of an EC or OKP key. */
                            x?: string;
                            /** @description Of an EC key. */
                            y?: string;
                            /** @description RFC 7638 thumbprint. */
                            kid: string;
                            use: string;
                            /**
                             * @description The one algorithm of its signatures. Others than `RS256` sign access tokens alone.
                             * @enum {string}
                             */
                            alg: "RS256" | "ES256" | "EdDSA";
                        }[];
                    };
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    getServerMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where an OAuth client finds everything (RFC 8414 §2). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerMetadata"];
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    getOpenidConfiguration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where an OAuth client finds everything (RFC 8414 §2). */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerMetadata"];
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All is well. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                    };
                };
            };
            500: components["responses"]["InternalError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All is well. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {string} */
                        status: "ok";
                        /** @description Where checks read the state of credentials now; only where a replica is set. */
                        state_reads?: "replica" | "primary";
                    };
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["OverloadedOrDatabaseUnavailable"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures at this moment. */
            200: {
                headers: {
                    "x-request-id": components["headers"]["x-request-id"];
                    "RateLimit-Limit": components["headers"]["RateLimit-Limit"];
                    "RateLimit-Remaining": components["headers"]["RateLimit-Remaining"];
                    "RateLimit-Reset": components["headers"]["RateLimit-Reset"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
        };
    };
}
