/** Something a person must put right; as the one in contracts/, which plain Node cannot import. */
export class UserError extends Error {
  name = 'UserError';

  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}
