"""Writes assembly that stands in for a shared library until it is first called.

    python lazy.py NAME FAILURE SONAME[,SONAME...] <SYMBOLS >NAME.s

Linked in, a program needs no such library to start: a function looks for its library
when it is called for the first time, and returns FAILURE if there is none. x86-64,
System V: arguments in registers survive the search, whatever they are.
"""

import sys

HEAD = """
.text
# In: rax, the index of a function. Looks it up, keeps it and goes there.
lazy_{name}_find:
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %r8
    pushq %r9
    pushq %rax
    subq $128, %rsp
{save}
    leaq lazy_{name}_handle(%rip), %rdi
    cmpq $0, (%rdi)
    jne 2f
{open}
2:  movq 128(%rsp), %rax
    leaq lazy_{name}_names(%rip), %rsi
    movslq (%rsi,%rax,4), %rdx
    addq %rdx, %rsi
    movq lazy_{name}_handle(%rip), %rdi
    testq %rdi, %rdi
    je 3f
    call dlsym@PLT
    testq %rax, %rax
    jne 4f
3:  leaq lazy_{name}_missing(%rip), %rax
4:  movq 128(%rsp), %rdx
    leaq lazy_{name}_functions(%rip), %rsi
    movq %rax, (%rsi,%rdx,8)
    movq %rax, %r11
{restore}
    addq $136, %rsp
    popq %r9
    popq %r8
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    jmp *%r11
lazy_{name}_missing:
    movl ${failure}, %eax
    ret
"""

OPEN = """    leaq lazy_{name}_so{index}(%rip), %rdi
    movl $0x102, %esi
    call dlopen@PLT
    movq %rax, lazy_{name}_handle(%rip)
    testq %rax, %rax
    jne 2b
"""

FUNCTION = """.globl {symbol}
.type {symbol}, @function
{symbol}:
    movq lazy_{name}_functions+{offset}(%rip), %r11
    testq %r11, %r11
    je 1f
    jmp *%r11
1:  movl ${index}, %eax
    jmp lazy_{name}_find
"""


def main() -> None:
    """Reads symbols from stdin, writes assembly to stdout."""
    name, failure, sonames = sys.argv[1], int(sys.argv[2]), sys.argv[3].split(",")
    symbols = sorted(set(sys.stdin.read().split()))
    vectors = range(8)
    save = "\n".join(f"    movups %xmm{i}, {16 * i}(%rsp)" for i in vectors)
    restore = "\n".join(f"    movups {16 * i}(%rsp), %xmm{i}" for i in vectors)
    # dlopen(…, RTLD_NOW | RTLD_GLOBAL) of one name after the other.
    tries = "".join(OPEN.format(name=name, index=i) for i in range(len(sonames)))
    tries = tries.replace("jne 2b", "jne 2f")
    print(HEAD.format(name=name, failure=failure, save=save, restore=restore, open=tries))
    for index, symbol in enumerate(symbols):
        print(FUNCTION.format(name=name, symbol=symbol, index=index, offset=8 * index))
    print(".section .rodata")
    for index, soname in enumerate(sonames):
        print(f'lazy_{name}_so{index}: .string "{soname}"')
    print(f".balign 4\nlazy_{name}_names:")
    for index in range(len(symbols)):
        print(f"    .long lazy_{name}_name{index} - lazy_{name}_names")
    for index, symbol in enumerate(symbols):
        print(f'lazy_{name}_name{index}: .string "{symbol}"')
    print(f".local lazy_{name}_handle\n.comm lazy_{name}_handle, 8, 8")
    print(f".local lazy_{name}_functions\n.comm lazy_{name}_functions, {8 * len(symbols)}, 8")
    print('.section .note.GNU-stack, "", @progbits')


if __name__ == "__main__":
    main()
