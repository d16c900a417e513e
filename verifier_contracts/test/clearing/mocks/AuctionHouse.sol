// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../../src/clearing/IBatches.sol";
import {IHouse} from "../../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../../src/clearing/IHouseTypes.sol";
import {CashFactor} from "../../../src/libraries/CashFactor.sol";

/// @dev The part of the house that auctions use, with the values that a test sets. It keeps the last call of each kind.
contract AuctionHouse {
    struct Sale {
        uint256 account;
        address winner;
        int256 price;
        uint256 fee;
        uint256 commitment;
    }

    uint256 public constant domain = 77;
    uint256 public cashFactor = CashFactor.ONE;
    uint256 public socialisable;
    address public engine;
    Sale public sale;
    uint256 public returnedAt;
    IHouse.Contracts private _contracts;
    mapping(uint256 account => IHouse.Account) private _accounts;
    mapping(uint256 account => uint256) public lateFor;
    mapping(uint256 account => uint64) public waiting;
    mapping(uint256 account => uint64) public counted;

    modifier onlyEngine() {
        require(msg.sender == engine, "engine only");
        _;
    }

    function setUp(IHouse.Contracts memory contracts_) external {
        _contracts = contracts_;
    }

    function setEngine(address engine_) external {
        engine = engine_;
    }

    function open(uint256 account, address owner, uint256 commitment, uint256 lastHealthyAt) external {
        _accounts[account] = IHouseTypes.Account(
            owner, uint40(lastHealthyAt), uint40(lastHealthyAt), IHouseTypes.State.Open, 1, commitment
        );
    }

    function setLateFor(uint256 account, uint256 time) external {
        lateFor[account] = time;
    }

    function setWaiting(uint256 account, uint64 amount) external {
        waiting[account] = amount;
    }

    function setCash(uint256 factor, uint256 socialisable_) external {
        (cashFactor, socialisable) = (factor, socialisable_);
    }

    function seize(uint256 account) external onlyEngine {
        if (_accounts[account].state != IHouseTypes.State.Open) {
            revert IHouseTypes.WrongState(account, _accounts[account].state);
        }
        _accounts[account].state = IHouseTypes.State.Seized;
    }

    function count(uint256 account) external onlyEngine {
        counted[account] = waiting[account];
    }

    function giveBack(uint256 account, uint256 provenAt) external onlyEngine {
        _accounts[account].state = IHouseTypes.State.Open;
        returnedAt = provenAt;
    }

    function takeOver(uint256 account, address winner, int256 price, uint256 fee, IHouse.NewKeys calldata keys)
        external
        onlyEngine
    {
        _accounts[account].state = IHouseTypes.State.Open;
        sale = Sale(account, winner, price, fee, keys.step.commitment);
    }

    function accountOf(uint256 account) external view returns (IHouse.Account memory) {
        return _accounts[account];
    }

    function waitingOf(uint256 account, uint256) external view returns (IHouse.Waiting memory) {
        return IHouseTypes.Waiting(waiting[account], counted[account], 0, 0);
    }

    function contracts() external view returns (IHouse.Contracts memory) {
        return _contracts;
    }

    function parameters() external pure returns (IHouse.Parameters memory) {
        return IHouseTypes.Parameters(12_500, 10 minutes, 1 days, 1 hours, 30 minutes, 0);
    }
}

/// @dev Proofs of health that a test names by account, commitment, root and level.
contract NamedHealth {
    address public immutable verifier;
    mapping(bytes32 statement => bool) private _named;

    constructor(address verifier_) {
        verifier = verifier_;
    }

    function name(uint256 account, uint256 commitment, bytes32 root, uint256 bps) external {
        _named[keccak256(abi.encode(77, bps, root, account, commitment))] = true;
    }

    function checkHealth(
        uint256 domain,
        uint256 bps,
        bytes32 root,
        uint256[] calldata accounts,
        uint256[] calldata commitments,
        IBatches.Health[] calldata health,
        IBatches.Statement[] calldata others
    ) external view {
        require(accounts.length == 1 && commitments.length == 1 && health.length == 1, "one account");
        require(others.length == 0, "nothing else");
        require(_named[keccak256(abi.encode(domain, bps, root, accounts[0], commitments[0]))], "not named");
    }
}
