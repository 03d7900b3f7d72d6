/** The key of what is read of the account; passkeys and sessions begin with it. */
export const ACCOUNT = ['account'];
