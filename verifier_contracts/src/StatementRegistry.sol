// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IStatementRegistry} from "./interfaces/IStatementRegistry.sol";

/// @title Statements of account: a venue's word for a commitment
/// @dev There is no owner and no list of venues: each consumer names the venue that it believes.
contract StatementRegistry is IStatementRegistry, EIP712 {
    bytes32 private constant STATEMENT_TYPE = keccak256(
        "AccountStatement(bytes32 account,address holder,uint256 commitment,uint256 snapshotRoot,"
        "uint64 issuedAt,uint64 validUntil,string source)"
    );

    /// @inheritdoc IStatementRegistry
    mapping(address venue => mapping(bytes32 account => address)) public lenderOf;
    /// @inheritdoc IStatementRegistry
    mapping(address venue => mapping(bytes32 account => uint64)) public revokedUpTo;
    /// @inheritdoc IStatementRegistry
    mapping(address venue => bool) public isRetired;

    constructor() EIP712("zkmargin", "1") {}

    /// @inheritdoc IStatementRegistry
    function pledge(address venue, AccountStatement calldata statement, bytes calldata signature, address lender)
        external
    {
        if (msg.sender != statement.holder) revert NotTheHolder(msg.sender, statement.holder);
        if (lender.code.length == 0) revert LenderHasNoCode(lender);
        address present = lenderOf[venue][statement.account];
        if (present != address(0) && present != lender) revert AlreadyPledged(venue, statement.account, present);
        check(venue, statement, signature);
        lenderOf[venue][statement.account] = lender;
        emit Pledged(venue, statement.account, lender, msg.sender);
    }

    /// @inheritdoc IStatementRegistry
    function release(address venue, bytes32 account) external {
        address lender = lenderOf[venue][account];
        if (msg.sender != lender) revert NotPledgedTo(msg.sender, lender);
        delete lenderOf[venue][account];
        emit Released(venue, account, lender);
    }

    /// @inheritdoc IStatementRegistry
    function revoke(bytes32 account, uint64 upTo) external {
        uint64 before = revokedUpTo[msg.sender][account];
        if (upTo <= before) revert RevocationNotLater(upTo, before);
        revokedUpTo[msg.sender][account] = upTo;
        emit StatementsRevoked(msg.sender, account, upTo);
    }

    /// @inheritdoc IStatementRegistry
    function retire() external {
        isRetired[msg.sender] = true;
        emit Retired(msg.sender);
    }

    /// @inheritdoc IStatementRegistry
    function check(address venue, AccountStatement calldata statement, bytes calldata signature) public view {
        if (isRetired[venue]) revert VenueRetired(venue);
        if (block.timestamp < statement.issuedAt) revert StatementNotYetValid(statement.issuedAt, block.timestamp);
        if (block.timestamp > statement.validUntil) revert StatementExpired(statement.validUntil, block.timestamp);
        uint64 revoked = revokedUpTo[venue][statement.account];
        if (statement.issuedAt <= revoked) revert StatementRevoked(statement.account, statement.issuedAt, revoked);
        if (!SignatureChecker.isValidSignatureNowCalldata(venue, digestOf(statement), signature)) {
            revert NotSignedByVenue(venue);
        }
    }

    /// @inheritdoc IStatementRegistry
    function digestOf(AccountStatement calldata statement) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(STATEMENT_TYPE, statement)));
    }
}
