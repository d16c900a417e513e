// Proves a circuit of circom by gnark, with snarkjs's key and witness, as often as it is asked to.
//
// It prints a line of JSON with the circuit's sizes when all is read, and for each line on its standard input makes a
// proof and prints it, in the form of snarkjs, with the CPU seconds of all threads and the seconds on the clock that
// gnark's Prove took, and the CPU seconds that its part took that evaluates the constraints.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/logger"
)

type report struct {
	CPU      float64        `json:"cpu"`
	Wall     float64        `json:"wall"`
	SolveCPU float64        `json:"solve_cpu"`
	Proof    map[string]any `json:"proof"`
}

func main() {
	zkey := flag.String("zkey", "", "proving key")
	r1cs := flag.String("r1cs", "", "circuit")
	wtns := flag.String("wtns", "", "witness")
	quotient := flag.String("quotient", "", "file that keeps the converted points of the quotient")
	flag.Parse()
	logger.Disable()
	if err := serve(*zkey, *r1cs, *wtns, *quotient); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(zkey, r1cs, wtns, quotient string) error {
	key, public, err := readKey(zkey, quotient)
	if err != nil {
		return err
	}
	circuit, err := readCircuit(r1cs, public)
	if err != nil {
		return err
	}
	full, err := readWitness(wtns, public)
	if err != nil {
		return err
	}
	output := json.NewEncoder(os.Stdout)
	signals := circuit.GetNbPublicVariables() + circuit.GetNbSecretVariables()
	if err := output.Encode(map[string]int{"rows": circuit.GetNbConstraints(), "signals": signals}); err != nil {
		return err
	}
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		start, cpu := time.Now(), cpuSeconds()
		proof, err := groth16.Prove(circuit, key, full)
		if err != nil {
			return err
		}
		one := report{CPU: cpuSeconds() - cpu, Wall: time.Since(start).Seconds(), Proof: asJSON(proof)}
		cpu = cpuSeconds()
		if _, err := circuit.Solve(full); err != nil {
			return err
		}
		one.SolveCPU = cpuSeconds() - cpu
		if err := output.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

func asJSON(proof *groth16.Proof) map[string]any {
	x, y := &proof.Bs.X, &proof.Bs.Y
	return map[string]any{
		"protocol": "groth16", "curve": "bn128",
		"pi_a": g1(&proof.Ar), "pi_c": g1(&proof.Krs),
		"pi_b": [][]string{texts(&x.A0, &x.A1), texts(&y.A0, &y.A1), {"1", "0"}},
	}
}

func g1(point *curve.G1Affine) []string { return append(texts(&point.X, &point.Y), "1") }

func texts(values ...*fp.Element) (out []string) {
	for _, value := range values {
		out = append(out, value.String())
	}
	return out
}

// cpuSeconds returns the CPU time of all threads of this process.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
