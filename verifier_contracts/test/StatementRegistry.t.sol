// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {StatementRegistry} from "../src/StatementRegistry.sol";
import {IStatementRegistry} from "../src/interfaces/IStatementRegistry.sol";
import {Test} from "./Vm.sol";

/// @dev A venue that is a contract: it accepts the signatures that its owner approves (ERC-1271).
contract ContractVenue {
    mapping(bytes32 digest => bool) private approved;

    function approve(bytes32 digest) external {
        approved[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return approved[digest] ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @dev A lender that releases what is pledged to it.
contract PlainLender {
    function release(IStatementRegistry registry, address venue, bytes32 account) external {
        registry.release(venue, account);
    }
}

contract StatementRegistryTest is Test {
    uint256 private constant GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant KEY = 0xA11CE;
    bytes32 private constant ACCOUNT = bytes32(uint256(0xACC));
    address private constant HOLDER = address(0xB0B);
    address private constant STRANGER = address(0xBAD);

    StatementRegistry private registry;
    PlainLender private lender;
    PlainLender private other;
    address private venue;

    function setUp() public {
        vm.warp(NOW);
        registry = new StatementRegistry();
        (lender, other) = (new PlainLender(), new PlainLender());
        venue = vm.addr(KEY);
    }

    // --- valid statements

    function test_acceptsTheVenuesStatementInItsPeriod() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        registry.check(venue, statement, signature);
        vm.snapshotGasLastCall("StatementRegistry", "check");
        vm.warp(statement.validUntil);
        registry.check(venue, statement, signature);
    }

    function test_theDigestIsThatOfTheTypedData() public view {
        IStatementRegistry.AccountStatement memory one = _statement();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("zkmargin"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "AccountStatement(bytes32 account,address holder,uint256 commitment,uint256 snapshotRoot,"
                    "uint64 issuedAt,uint64 validUntil,string source)"
                ),
                one.account,
                one.holder,
                uint256(one.commitment),
                uint256(one.snapshotRoot),
                one.issuedAt,
                one.validUntil,
                one.source
            )
        );
        assertEq(registry.digestOf(one), keccak256(abi.encodePacked(hex"1901", domain, message)));
    }

    function test_acceptsAVenueThatIsAContract() public {
        ContractVenue contractVenue = new ContractVenue();
        IStatementRegistry.AccountStatement memory statement = _statement();
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByVenue.selector, contractVenue));
        registry.check(address(contractVenue), statement, "");
        contractVenue.approve(registry.digestOf(statement));
        registry.check(address(contractVenue), statement, "");
    }

    // --- refused statements

    function test_refusesAnExpiredStatement() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.warp(statement.validUntil + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStatementRegistry.StatementExpired.selector, statement.validUntil, statement.validUntil + 1
            )
        );
        registry.check(venue, statement, signature);
    }

    function test_refusesAStatementOfTheFuture() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.warp(statement.issuedAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStatementRegistry.StatementNotYetValid.selector, statement.issuedAt, statement.issuedAt - 1
            )
        );
        registry.check(venue, statement, signature);
    }

    function test_refusesARevokedStatementAndAcceptsALaterOne() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.expectEmit(address(registry));
        emit IStatementRegistry.StatementsRevoked(venue, ACCOUNT, statement.issuedAt);
        vm.prank(venue);
        registry.revoke(ACCOUNT, statement.issuedAt);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStatementRegistry.StatementRevoked.selector, ACCOUNT, statement.issuedAt, statement.issuedAt
            )
        );
        registry.check(venue, statement, signature);
        statement.issuedAt += 1;
        vm.warp(NOW + 1);
        registry.check(venue, statement, _sign(statement));
    }

    function test_aRevocationConcernsOneAccountOfOneVenueAndIsNeverTakenBack() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.prank(STRANGER);
        registry.revoke(ACCOUNT, type(uint64).max);
        vm.prank(venue);
        registry.revoke(bytes32(uint256(ACCOUNT) + 1), type(uint64).max);
        registry.check(venue, statement, signature);
        vm.prank(venue);
        registry.revoke(ACCOUNT, 9);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.RevocationNotLater.selector, 9, 9));
        vm.prank(venue);
        registry.revoke(ACCOUNT, 9);
    }

    function test_refusesAVenueThatHasRetired() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.expectEmit(address(registry));
        emit IStatementRegistry.Retired(venue);
        vm.prank(venue);
        registry.retire();
        assertTrue(registry.isRetired(venue));
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.VenueRetired.selector, venue));
        registry.check(venue, statement, signature);
    }

    function test_refusesAStatementForAnotherChain() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByVenue.selector, venue));
        registry.check(venue, statement, signature);
    }

    function test_refusesAStatementForAnotherRegistry() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        StatementRegistry second = new StatementRegistry();
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByVenue.selector, venue));
        second.check(venue, statement, signature);
    }

    function test_refusesAStatementWithAnyOtherValue() public {
        for (uint256 i = 0; i < 7; ++i) {
            (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
            if (i == 0) statement.account = bytes32(uint256(1));
            if (i == 1) statement.holder = STRANGER;
            if (i == 2) statement.commitment = bytes32(uint256(1));
            if (i == 3) statement.snapshotRoot = bytes32(uint256(1));
            if (i == 4) statement.issuedAt -= 1;
            if (i == 5) statement.validUntil += 1;
            if (i == 6) statement.source = bytes32(uint256(1));
            vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByVenue.selector, venue));
            registry.check(venue, statement, signature);
        }
    }

    function test_refusesAnotherSignerAndTheOtherSignature() public {
        (IStatementRegistry.AccountStatement memory statement,) = _signed();
        bytes32 digest = registry.digestOf(statement);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY + 1, digest);
        _refuses(statement, abi.encodePacked(r, s, v));
        (v, r, s) = vm.sign(KEY, digest);
        _refuses(statement, abi.encodePacked(r, bytes32(GROUP_ORDER - uint256(s)), v == 27 ? 28 : 27));
        _refuses(statement, "");
    }

    // --- one account, one lender

    function test_theHolderPledgesAnAccountToOneLender() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.expectEmit(address(registry));
        emit IStatementRegistry.Pledged(venue, ACCOUNT, address(lender), HOLDER);
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(lender));
        vm.snapshotGasLastCall("StatementRegistry", "pledge");
        assertEq(registry.lenderOf(venue, ACCOUNT), address(lender));
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(lender));
    }

    function test_refusesASecondLenderUntilTheFirstReleases() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(lender));
        // Another state of the same account.
        statement.commitment = bytes32(uint256(0xC2));
        signature = _sign(statement);
        vm.expectRevert(
            abi.encodeWithSelector(IStatementRegistry.AlreadyPledged.selector, venue, ACCOUNT, address(lender))
        );
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(other));

        vm.expectRevert(
            abi.encodeWithSelector(IStatementRegistry.NotPledgedTo.selector, address(other), address(lender))
        );
        other.release(registry, venue, ACCOUNT);
        vm.expectEmit(address(registry));
        emit IStatementRegistry.Released(venue, ACCOUNT, address(lender));
        lender.release(registry, venue, ACCOUNT);
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(other));
        assertEq(registry.lenderOf(venue, ACCOUNT), address(other));
    }

    function test_onlyTheHolderPledges() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotTheHolder.selector, STRANGER, HOLDER));
        vm.prank(STRANGER);
        registry.pledge(venue, statement, signature, address(lender));
    }

    function test_pledgesNothingByAnInvalidStatement() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.warp(statement.validUntil + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IStatementRegistry.StatementExpired.selector, statement.validUntil, statement.validUntil + 1
            )
        );
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(lender));
    }

    function test_refusesALenderWithoutCode() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.LenderHasNoCode.selector, STRANGER));
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, STRANGER);
    }

    function test_accountsOfOtherVenuesAreOthers() public {
        (IStatementRegistry.AccountStatement memory statement, bytes memory signature) = _signed();
        vm.prank(HOLDER);
        registry.pledge(venue, statement, signature, address(lender));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY + 1, registry.digestOf(statement));
        vm.prank(HOLDER);
        registry.pledge(vm.addr(KEY + 1), statement, abi.encodePacked(r, s, v), address(other));
        assertEq(registry.lenderOf(venue, ACCOUNT), address(lender));
    }

    function _refuses(IStatementRegistry.AccountStatement memory statement, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByVenue.selector, venue));
        registry.check(venue, statement, signature);
    }

    function _signed() private view returns (IStatementRegistry.AccountStatement memory statement, bytes memory) {
        statement = _statement();
        return (statement, _sign(statement));
    }

    function _statement() private pure returns (IStatementRegistry.AccountStatement memory) {
        return IStatementRegistry.AccountStatement({
            account: ACCOUNT,
            holder: HOLDER,
            commitment: bytes32(uint256(0xC1)),
            snapshotRoot: bytes32(uint256(0x5009)),
            issuedAt: uint64(NOW),
            validUntil: uint64(NOW + 1 days),
            source: keccak256("venue.example")
        });
    }

    function _sign(IStatementRegistry.AccountStatement memory statement) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, registry.digestOf(statement));
        return abi.encodePacked(r, s, v);
    }
}
