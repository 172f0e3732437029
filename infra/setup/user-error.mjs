/** An error that a person must correct. A twin of the class in contracts/, which plain Node cannot import. */
export class UserError extends Error {
  name = 'UserError';

  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}
