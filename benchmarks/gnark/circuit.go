package main

import (
	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// readCircuit builds gnark's constraint system from a .r1cs. All signals are inputs, so that gnark calculates none and
// only evaluates the constraints. As in snarkjs's keys, a row a = signal, b = c = 0 follows for the constant and each
// public signal.
func readCircuit(path string, public int) (*cs.R1CS, error) {
	found, err := readSections(path, "r1cs")
	if err != nil {
		return nil, err
	}
	header := reader(found[1])
	header.take(4 + 32) // the prime
	wires := header.number()
	header.take(3*4 + 8) // numbers of outputs, inputs and labels
	count := header.number()
	circuit := cs.NewR1CS(count + public + 1)
	generic := circuit.AddBlueprint(&constraint.BlueprintGenericR1C{})
	for wire := range wires {
		if wire <= public {
			circuit.AddPublicVariable("")
		} else {
			circuit.AddSecretVariable("")
		}
	}
	body := reader(found[2])
	for range count {
		a, b, c := terms(circuit, &body), terms(circuit, &body), terms(circuit, &body)
		circuit.AddR1C(constraint.R1C{L: a, R: b, O: c}, generic)
	}
	for wire := range public + 1 {
		one := constraint.LinearExpression{{CID: constraint.CoeffIdOne, VID: uint32(wire)}}
		circuit.AddR1C(constraint.R1C{L: one}, generic)
	}
	return circuit, nil
}

func terms(circuit *cs.R1CS, body *reader) constraint.LinearExpression {
	out := make(constraint.LinearExpression, body.number())
	for i := range out {
		wire, value := body.number(), body.scalar()
		var limbs constraint.U64
		copy(limbs[:], value[:])
		out[i] = circuit.MakeTerm(limbs, wire)
	}
	return out
}

// readWitness reads a .wtns; gnark leaves out the constant one.
func readWitness(path string, public int) (witness.Witness, error) {
	found, err := readSections(path, "wtns")
	if err != nil {
		return nil, err
	}
	values := points(found[2], (*reader).scalar)[1:]
	filled, err := witness.New(ecc.BN254.ScalarField())
	if err != nil {
		return nil, err
	}
	channel := make(chan any, len(values))
	for _, value := range values {
		channel <- fr.Element(value)
	}
	close(channel)
	return filled, filled.Fill(public, len(values)-public, channel)
}
