/** What went wrong, and what to do about it, for each code that something done on this page can meet. */
export const problems = {
  // Of this page alone.
  no_connection: 'The service could not be reached. What you typed is still here.',
  unreadable: 'Something between this page and the service answered in its place. Try again, or tell its operator.',
  no_etag:
    'Something between this page and the service takes the ETag header away: what others change would be overwritten, so nothing is shown. Tell the operator of the service.',

  // What was sent.
  invalid_request: 'Look at what you typed, and try again.',
  immutable_field: 'This page is of another version than the service. Reload it.',
  method_not_allowed: 'This page is of another version than the service. Reload it.',
  unsupported_media_type: 'This page is of another version than the service. Reload it.',
  content_too_large: 'That is too much at once. Send a part of it first.',
  uri_too_long: 'That is too much to look for at once. Clear some filters.',
  headers_too_large: 'The browser sends too much along. Delete the cookies of this site, and log in again.',
  request_timeout: 'The request took too long to arrive. Try again.',
  idempotency_key_reused: 'It may have been done already. Reload, and look before you do it again.',
  request_in_progress: 'The same request is still being carried out. Wait a moment, and try again.',
  confirmation_required: 'What you typed to confirm it does not match. Type it again.',

  // Who one is.
  unauthorized: 'Your session has ended. Log in again.',
  invalid_login: 'The email or the password is wrong. Try again, or choose a new password.',
  invalid_second_factor: 'The second factor was not accepted, or this login took too long. Start again.',
  invalid_code: 'The code is wrong, used or too old. Look for the newest one, or ask for another.',
  invalid_invitation: 'This invitation does not work any more. Ask to be invited again.',
  invalid_passkey: 'This passkey cannot be kept here. Try another device or browser.',
  login_required: 'This email has an account. Log in with it.',
  wrong_password: 'The password is wrong. Try again.',
  wrong_account: 'The invitation is for another email. Log out, and open its link again.',
  reauthentication_required:
    'This is only done with a password that was given in the last 15 minutes. Try again, and enter it.',
  console_needs_https: 'Nobody can log in over http://. Open the https:// address of this service.',
  console_wrong_origin: 'The console works at one address alone. Open that of PUBLIC_URL, or ask the operator for it.',
  passwords_disabled: 'People log in elsewhere here, without a password. Use the login of your company.',
  account_locked:
    'There were too many failed attempts. Wait until the button has counted down, or choose a new password.',
  second_factor_exists: 'An authenticator app is set up already. Remove it before you set up another.',
  no_second_factor: 'There is no second factor any more. Reload to see what is set up.',

  // What one may do.
  insufficient_role: 'Your role does not allow this. Ask an owner of the organization.',
  second_factor_required: 'This organization demands a second factor. Set one up in your account, and come back.',
  not_found: 'It is not there any more, or you have no access to it. Reload to see what is.',

  // What stands against it.
  last_owner: 'An organization needs an owner. Make somebody else an owner first.',
  primary_client: 'It goes only with its application. Pause it, or delete the application.',
  rotation_in_progress: 'An older secret still works beside the present one. Refuse that one first.',
  last_secret: 'It is the last secret that works. Regenerate it first, or pause the API client.',
  secret_in_use:
    'It was used within the last hour. Look for what still uses it, or say that it is refused all the same.',
  secret_ended: 'This secret has ended already. Reload to see which ones work.',
  quota_reached: 'Delete what nobody needs, or ask the operator for a higher limit.',
  precondition_failed: 'Somebody else changed it meanwhile. Look at it again before you save.',
  policy_violation: 'The credential policy of the organization does not allow this. An owner can change it.',

  // The service.
  rate_limited: 'Those were too many requests in a short time. Wait until the button has counted down.',
  overloaded: 'The service is busy at the moment. Try again soon.',
  database_unavailable: 'The service cannot reach its database at the moment. Try again soon, or tell its operator.',
  internal_error: 'Something went wrong in the service. Give its operator the request ID.',
};

/** The service’s own words come first: which limit it is, or which value, only they say. */
export const withDetail: readonly string[] = ['quota_reached', 'invalid_request'];
