// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Statements of account: a venue's word for a commitment
/// @notice A margin proof says what is behind a commitment, not that the account exists: anybody can invent one. The
/// *venue* that keeps the account, or its custodian, signs a statement of account (EIP-712): which commitment is which
/// account's, whose it is, and until when that stands. The consumer decides which venues it believes.
/// @dev An account has a stable id, because its commitment changes with every state. One account has one lender: its
/// holder pledges it, and only the lender releases it.
interface IStatementRegistry {
    /// @notice A statement of account.
    /// @param account The account's id at the venue; it never changes
    /// @param holder The address that may use the statement
    /// @param commitment The account's commitment
    /// @param snapshotRoot The snapshot under whose ids and lots the venue computed the commitment
    /// @param issuedAt The time from which the statement is valid: Unix time in seconds
    /// @param validUntil The last second at which it is valid
    /// @param source The keccak256 of a text that says where the venue publishes its address
    struct AccountStatement {
        bytes32 account;
        address holder;
        bytes32 commitment;
        bytes32 snapshotRoot;
        uint64 issuedAt;
        uint64 validUntil;
        bytes32 source;
    }

    /// @notice The statement is not valid yet.
    error StatementNotYetValid(uint256 issuedAt, uint256 timestamp);
    /// @notice The statement has expired.
    error StatementExpired(uint256 validUntil, uint256 timestamp);
    /// @notice The venue has revoked the account's statements up to a time, which this one does not exceed.
    error StatementRevoked(bytes32 account, uint256 issuedAt, uint256 revokedUpTo);
    /// @notice The venue has retired its key.
    error VenueRetired(address venue);
    /// @notice The signature is not the venue's, of this statement, for this chain and contract.
    error NotSignedByVenue(address venue);
    /// @notice The caller is not the statement's holder.
    error NotTheHolder(address caller, address holder);
    /// @notice The account is pledged to a lender.
    error AlreadyPledged(address venue, bytes32 account, address lender);
    /// @notice The account is not pledged to the caller.
    error NotPledgedTo(address caller, address lender);
    /// @notice The lender has no code, so it could never release the account.
    error LenderHasNoCode(address lender);
    /// @notice The time is not later than that of the revocation before.
    error RevocationNotLater(uint256 upTo, uint256 revokedUpTo);

    /// @notice A venue revoked an account's statements that were issued up to a time.
    event StatementsRevoked(address indexed venue, bytes32 indexed account, uint64 upTo);
    /// @notice A venue retired its key: none of its statements is valid any more.
    event Retired(address indexed venue);
    /// @notice An account was pledged to a lender.
    event Pledged(address indexed venue, bytes32 indexed account, address indexed lender, address holder);
    /// @notice A lender released an account.
    event Released(address indexed venue, bytes32 indexed account, address indexed lender);

    /// @notice Reverts unless a statement is valid now: signed by the venue for this contract, in its period, and
    /// not revoked.
    /// @param venue The signer: an account, or a contract that checks signatures (ERC-1271)
    /// @param statement The statement
    /// @param signature The venue's signature
    function check(address venue, AccountStatement calldata statement, bytes calldata signature) external view;

    /// @notice Pledges an account to a lender. Only for the statement's holder. Pledging it again to the same lender
    /// changes nothing.
    /// @param venue The signer of the statement
    /// @param statement A valid statement
    /// @param signature The venue's signature
    /// @param lender The contract that lends against the account, and that alone can release it
    function pledge(address venue, AccountStatement calldata statement, bytes calldata signature, address lender)
        external;

    /// @notice Releases an account. Only for its lender.
    /// @param venue The venue
    /// @param account The account's id
    function release(address venue, bytes32 account) external;

    /// @notice Revokes all statements of an account that were issued up to a time. Only for their venue.
    /// @param account The account's id
    /// @param upTo Unix time in seconds, later than that of the revocation before
    function revoke(bytes32 account, uint64 upTo) external;

    /// @notice Retires the caller's key for ever, for example because it was stolen: its statements are void.
    function retire() external;

    /// @notice The lender to which an account is pledged; zero if to none.
    /// @param venue The venue
    /// @param account The account's id
    function lenderOf(address venue, bytes32 account) external view returns (address);

    /// @notice The time up to which statements of an account are revoked; 0 if none is.
    /// @param venue The venue
    /// @param account The account's id
    function revokedUpTo(address venue, bytes32 account) external view returns (uint64);

    /// @notice Whether a venue has retired its key.
    /// @param venue The venue
    function isRetired(address venue) external view returns (bool);

    /// @notice The digest that a venue signs.
    /// @param statement The statement
    function digestOf(AccountStatement calldata statement) external view returns (bytes32);
}
