// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Guardian} from "../../src/Guardian.sol";
import {InsuranceFund} from "../../src/InsuranceFund.sol";
import {LiquidationEngine} from "../../src/LiquidationEngine.sol";
import {IClearingHouse} from "../../src/interfaces/IClearingHouse.sol";
import {PauseGroups} from "../../src/libraries/PauseGroups.sol";
import {TestToken} from "../tokens/TestToken.sol";

/// @dev The part of a clearing house that the engine uses. Its accounts have no openings, and the test decides their
/// equity. It is its own vault, and settles prices as IClearingHouse says, but without a daily bound on losses.
contract MockClearingHouse {
    uint256 private constant WAD = 1e18;
    uint256 private constant LEAST = 0.8e18;

    address public immutable feed;
    address public immutable guardian;
    address public immutable timelock;
    InsuranceFund private immutable _fund;
    TestToken private immutable _token;

    LiquidationEngine public engine;
    uint256 public accounts;
    uint256 public cash;
    uint256 public cashFactor = WAD;
    uint32 public maxSnapshotAge = 1 hours;
    uint256 public constant silence = 9 days;
    mapping(uint256 account => IClearingHouse.Account) private _accounts;
    mapping(uint256 account => uint256) private _deadlines;
    mapping(uint256 account => uint256) private _calledAt;
    mapping(uint256 account => uint256) public seizures;
    mapping(uint256 account => uint256) public takeovers;
    mapping(uint256 account => uint256) public returns_;
    uint256 public paidByFund;
    uint256 public paidToFund;
    IClearingHouse.Takeover public last;

    constructor(address feed_, address guardian_, address timelock_, InsuranceFund fund) {
        (feed, guardian, timelock, _fund) = (feed_, guardian_, timelock_, fund);
        _token = TestToken(fund.token());
        _token.approve(address(fund), type(uint256).max);
    }

    modifier onlyEngine() {
        if (msg.sender != address(engine)) revert IClearingHouse.NotEngine(msg.sender);
        _;
    }

    // --- for tests

    function setEngine(LiquidationEngine engine_) external {
        engine = engine_;
    }

    function open(address owner) external returns (uint256 account) {
        account = ++accounts;
        _accounts[account].owner = owner;
        (_accounts[account].state, _accounts[account].lastHealthyAt) =
        (IClearingHouse.State.Open, uint40(block.timestamp));
        _change(account);
    }

    function change(uint256 account) external {
        _change(account);
    }

    function setHealthyAt(uint256 account, uint256 time) external {
        _accounts[account].lastHealthyAt = uint40(time);
        _deadlines[account] = 0;
    }

    function call(uint256 account, uint256 deadline) external {
        (_deadlines[account], _calledAt[account]) = (deadline, block.timestamp);
    }

    function addCash(uint256 amount) external {
        _token.mint(address(this), amount * _fund.scale());
        cash += amount;
    }

    function setCashFactor(uint256 factor) external {
        cashFactor = factor;
    }

    // --- for the engine

    function seize(uint256 account) external onlyEngine {
        _inState(account, IClearingHouse.State.Open).state = IClearingHouse.State.Seized;
        ++seizures[account];
    }

    function giveBack(uint256 account, uint256 provenAt) external onlyEngine {
        IClearingHouse.Account storage self = _inState(account, IClearingHouse.State.Seized);
        self.state = IClearingHouse.State.Open;
        (self.lastHealthyAt, _deadlines[account]) = (uint40(provenAt), 0);
        ++returns_[account];
    }

    function takeOver(
        IClearingHouse.Takeover calldata takeover,
        IClearingHouse.Next calldata next,
        IClearingHouse.Health calldata
    ) external onlyEngine {
        uint256 account = takeover.account;
        IClearingHouse.Account storage self = _inState(account, IClearingHouse.State.Seized);
        // Stands for both proofs.
        if (next.commitment == 0) revert IClearingHouse.InvalidTransition(account);
        if (takeover.price > 0) _payPrice(takeover, self.owner);
        else _payWinner(takeover);
        (self.owner, self.state) = (takeover.winner, IClearingHouse.State.Open);
        self.lastHealthyAt = uint40(block.timestamp);
        _deadlines[account] = 0;
        _change(account);
        ++takeovers[account];
        last = takeover;
    }

    function accountOf(uint256 account) external view returns (IClearingHouse.Account memory) {
        return _accounts[account];
    }

    function deadlineOf(uint256 account) external view returns (uint256) {
        if (_deadlines[account] == 0) return type(uint256).max;
        return _deadlines[account] + Guardian(guardian).pausedSeconds(PauseGroups.LIQUIDATE, _calledAt[account]);
    }

    function parameters() external view returns (IClearingHouse.Parameters memory) {
        return IClearingHouse.Parameters(12_500, maxSnapshotAge, 1 days, 1 hours, 1 hours);
    }

    function socialisable() public view returns (uint256) {
        return cash * (cashFactor - LEAST) / cashFactor;
    }

    function insuranceFund() external view returns (address) {
        return address(_fund);
    }

    function _payPrice(IClearingHouse.Takeover calldata takeover, address formerOwner) private {
        (uint256 price, uint256 fee) = (uint256(takeover.price), takeover.fee);
        _token.transferFrom(takeover.winner, address(this), price * _fund.scale());
        _token.transfer(formerOwner, (price - fee) * _fund.scale());
        _fund.deposit(address(this), uint128(fee));
        paidToFund += fee;
    }

    function _payWinner(IClearingHouse.Takeover calldata takeover) private {
        uint256 value = uint256(-takeover.price) * cashFactor / WAD;
        uint256 available = _fund.balanceOf(address(this));
        uint256 covered = value < available ? value : available;
        uint256 loss = value - covered;
        if (loss > socialisable()) revert IClearingHouse.LossExceedsBound(loss, socialisable());
        if (loss != 0) {
            cashFactor = cashFactor * (cash - loss) / cash;
            cash -= loss;
            _token.transfer(takeover.winner, loss * _fund.scale());
        }
        _fund.pay(takeover.winner, uint128(covered));
        paidByFund += covered;
    }

    function _change(uint256 account) private {
        ++_accounts[account].nonce;
        // Shifted, so that it is a field element.
        _accounts[account].commitment = keccak256(abi.encode(this, account, _accounts[account].nonce)) >> 8;
    }

    function _inState(uint256 account, IClearingHouse.State state)
        private
        view
        returns (IClearingHouse.Account storage self)
    {
        self = _accounts[account];
        if (self.state != state) revert IClearingHouse.WrongState(account, self.state);
    }
}
