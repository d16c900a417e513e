// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IGuardian} from "./interfaces/IGuardian.sol";
import {ISignerQuorum} from "./interfaces/ISignerQuorum.sol";
import {DelayedChange} from "./libraries/DelayedChange.sol";

/// @title A set of signers with a threshold
abstract contract SignerQuorum is ISignerQuorum {
    using DelayedChange for DelayedChange.Pending;

    /// @dev A single signer could set any margin.
    uint256 private constant MIN_THRESHOLD = 2;
    /// @dev Bounds the gas of a change, so that it always fits into a block.
    uint256 private constant MAX_SIGNERS = 32;
    uint256 private constant MIN_DELAY = 1 days;
    uint256 private constant MAX_DELAY = 30 days;

    /// @inheritdoc ISignerQuorum
    address public immutable admin;
    /// @inheritdoc ISignerQuorum
    address public immutable guardian;
    /// @inheritdoc ISignerQuorum
    uint256 public immutable delay;

    /// @inheritdoc ISignerQuorum
    uint256 public threshold;
    /// @inheritdoc ISignerQuorum
    mapping(address account => bool) public isSigner;
    address[] private _signers;
    /// @inheritdoc ISignerQuorum
    DelayedChange.Pending public pendingSigners;
    /// @dev The last scheduled change that contains the address.
    mapping(address account => bytes32) private _scheduledIn;

    modifier onlyAdmin() {
        if (msg.sender != admin) revert NotAdmin(msg.sender);
        _;
    }

    /// @param admin_ The admin
    /// @param guardian_ The contract that names the guardian
    /// @param delay_ The time from the schedule of a change to its effect, in seconds
    /// @param signers_ The first signers, in ascending order
    /// @param threshold_ The number of signatures that a message needs
    constructor(address admin_, address guardian_, uint256 delay_, address[] memory signers_, uint256 threshold_) {
        if (admin_ == address(0)) revert NoAdmin();
        if (guardian_.code.length == 0) revert NoGuardianContract(guardian_);
        if (delay_ < MIN_DELAY || delay_ > MAX_DELAY) revert DelayOutOfRange(delay_, MIN_DELAY, MAX_DELAY);
        (admin, guardian, delay) = (admin_, guardian_, delay_);
        _checkSigners(signers_, threshold_);
        _setSigners(signers_, threshold_);
    }

    /// @inheritdoc ISignerQuorum
    function scheduleSigners(address[] calldata signers_, uint256 threshold_) external onlyAdmin {
        _checkSigners(signers_, threshold_);
        bytes32 change = keccak256(abi.encode(signers_, threshold_));
        uint256 readyAt = pendingSigners.schedule(change, delay);
        for (uint256 i = 0; i < signers_.length; ++i) {
            _scheduledIn[signers_[i]] = change;
        }
        emit SignersScheduled(signers_, threshold_, readyAt);
    }

    /// @inheritdoc ISignerQuorum
    function applySigners(address[] calldata signers_, uint256 threshold_) external {
        pendingSigners.take(keccak256(abi.encode(signers_, threshold_)));
        _setSigners(signers_, threshold_);
    }

    /// @inheritdoc ISignerQuorum
    function cancelSigners() external onlyAdmin {
        emit SignersCancelled(pendingSigners.cancel());
    }

    /// @inheritdoc ISignerQuorum
    function removeSigner(address signer) external {
        if (msg.sender != admin && msg.sender != IGuardian(guardian).guardian()) {
            revert NotGuardianNorAdmin(msg.sender);
        }
        if (!isSigner[signer]) revert NotASigner(signer);
        delete isSigner[signer];
        _dropFromList(signer);
        emit SignerRemoved(signer, msg.sender, _signers.length);
        // Otherwise the change would bring the signer back.
        bytes32 change = pendingSigners.change;
        if (change != 0 && _scheduledIn[signer] == change) emit SignersCancelled(pendingSigners.cancel());
    }

    /// @inheritdoc ISignerQuorum
    function signers() external view returns (address[] memory) {
        return _signers;
    }

    /// @dev Reverts unless at least `threshold` present signers have signed. The ascending order makes each count once.
    function _requireQuorum(bytes32 digest, bytes[] calldata signatures) internal view {
        if (signatures.length < threshold) revert TooFewSignatures(signatures.length, threshold);
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            if (!isSigner[signer]) revert NotASigner(signer);
            previous = signer;
        }
    }

    /// @dev Moves the later ones forward, so that the order stays ascending.
    function _dropFromList(address signer) private {
        uint256 last = _signers.length - 1;
        bool found = false;
        for (uint256 i = 0; i < last; ++i) {
            if (_signers[i] == signer) found = true;
            if (found) _signers[i] = _signers[i + 1];
        }
        _signers.pop();
    }

    function _setSigners(address[] memory signers_, uint256 threshold_) private {
        address[] memory former = _signers;
        for (uint256 i = 0; i < former.length; ++i) {
            delete isSigner[former[i]];
        }
        for (uint256 i = 0; i < signers_.length; ++i) {
            isSigner[signers_[i]] = true;
        }
        (_signers, threshold) = (signers_, threshold_);
        emit SignersChanged(signers_, threshold_);
    }

    function _checkSigners(address[] memory signers_, uint256 threshold_) private pure {
        if (signers_.length > MAX_SIGNERS) revert TooManySigners(signers_.length, MAX_SIGNERS);
        if (threshold_ < MIN_THRESHOLD || threshold_ > signers_.length) {
            revert ThresholdOutOfRange(threshold_, MIN_THRESHOLD, signers_.length);
        }
        address previous = address(0);
        for (uint256 i = 0; i < signers_.length; ++i) {
            if (signers_[i] <= previous) revert SignersNotAscending(previous, signers_[i]);
            previous = signers_[i];
        }
    }
}
